/* version.h: the version, which bytecode carries and the study hash binds. */
#ifndef KONSIL_VERSION_H
#define KONSIL_VERSION_H

#define KONSIL_VERSION "0.1.0"

#endif

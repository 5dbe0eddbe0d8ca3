/* cmd_units.h: numbers with units on the command line and in session files. */
#ifndef KONSIL_CMD_UNITS_H
#define KONSIL_CMD_UNITS_H

#include <stdbool.h>
#include <stdint.h>

/* "120s", "500ms", "20us", "2m"; a bare number is seconds.  False if it is none. */
bool units_time_us(uint64_t *us, const char *text);
/* "100mbit", "1.5gbit", "64kbit", "9600bit" (a second), in bits per second. */
bool units_bandwidth(uint64_t *bits_per_s, const char *text);
/* "20ms,100mbit", or one of the two; what is not said becomes 0. */
bool units_net(uint64_t *rtt_us, uint64_t *bits_per_s, const char *text);
/* A plain decimal number. */
bool units_count(uint64_t *n, const char *text);

#endif

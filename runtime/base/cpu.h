/* cpu.h: what this processor (and its operating system) can do.  For the getters of kernels. */
#ifndef KONSIL_CPU_H
#define KONSIL_CPU_H

#include <stdbool.h>

bool cpu_has_aes(void);      /* AES instructions and SSE4.1 */
bool cpu_has_avx2(void);
bool cpu_has_avx512(void);   /* F, BW, DQ, VL, VBMI */
bool cpu_has_ifma(void);     /* 52-bit multiplications, with cpu_has_avx512 */
bool cpu_has_vaes(void);     /* 512-bit AES, with cpu_has_avx512 */
bool cpu_has_gfni(void);     /* 512-bit GFNI, with cpu_has_avx512 */

#endif

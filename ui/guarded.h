/*
 * guarded: what this process knows stays in it.
 *
 * Keys, PINs while they are typed, and tokens lie in its memory. So that a crash does not write
 * them to a disk, and no other program of the same user reads them, the process leaves no core
 * file (RLIMIT_CORE 0) and is not dumpable (prctl(2), PR_SET_DUMPABLE: neither ptrace nor
 * /proc/PID/mem nor a handler that core_pattern pipes to, but for who has CAP_SYS_PTRACE).
 *
 * Builds with sanitizers are as they were: LeakSanitizer looks at itself by ptrace.
 */
#ifndef TK_UI_GUARDED_H
#define TK_UI_GUARDED_H

#include <stdbool.h>

/* Once, before anything secret is read; children by fork are guarded too, by exec only as to core
   files. False where the kernel does not do it: no reason not to go on. */
bool guarded_begin(void);
/* Whether this build does it. */
bool guarded_is_built(void);

#endif

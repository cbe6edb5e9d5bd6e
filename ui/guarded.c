#include "ui/guarded.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer) || __has_feature(leak_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

bool guarded_is_built(void)
{
    return !SANITIZED;
}

bool guarded_begin(void)
{
    static const struct rlimit none = {0, 0};

    bool no_core, closed;

    if (SANITIZED)
        return true;
    no_core = setrlimit(RLIMIT_CORE, &none) == 0;
    closed = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
    return no_core && closed;
}

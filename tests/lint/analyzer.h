/*
 * analyzer: what clang's analyzer cannot see while it looks at one file: a failure returns the code
 * it was given. lint.sh includes this before every source but core/error.c.
 */
#ifndef TK_TESTS_LINT_ANALYZER_H
#define TK_TESTS_LINT_ANALYZER_H

#include "core/error.h"

#define tk_fail(error, code, ...) ((void)tk_fail(error, code, __VA_ARGS__), (code))
#define tk_fail_code(error, code) ((void)tk_fail_code(error, code), (code))

#endif

/*
 * Wardline, an embeddable runtime-security policy engine: the C interface.
 *
 * Made from bindings-c/src by `UPDATE=1 cargo test -p wardline-c --test header`.
 * SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * In short: compile policies or take a bundle, load it once, and ask about each
 * event. docs/c.md is the guide, docs/enforcing.md says how to write an enforcer.
 *
 * For every function:
 * - It answers a status, unless it cannot fail; results go through pointers and
 *   are written on WARDLINE_STATUS_OK only, unless it says otherwise.
 * - `const` means unchanged. Nothing is owned by the caller but handles, of which
 *   each kind has a `_free`. What a function is given it does not keep.
 * - A pointer that may be NULL is said to be; all others answer NULL_ARGUMENT. So do
 *   bytes and lists that are NULL but not empty. A live handle of another kind
 *   answers WRONG_HANDLE. One that was freed must not be used.
 * - A struct that begins with `size` must have it set, as the functions at the end
 *   of this file do; another size answers WRONG_SIZE.
 * - It may be called from any thread, also while others use the same handles, except
 *   to free them. No function calls back, uses thread-local state of the caller's,
 *   changes signals or the locale, prints, or ends the process; a fault of the
 *   library answers INTERNAL. It is not for signal handlers, but for
 *   wardline_engine_decide without a state, which takes no lock and, of an event
 *   with at most 16 items in each list and names in ASCII, does not allocate.
 * - After a fork the child may use engines and actors, also to free them. A shared
 *   engine or a state of the parent it must not use if another thread was using it
 *   at that moment.
 *
 * Two smaller libraries have less: define WARDLINE_READER_ONLY for the reader without
 * compiler and JSON events (wardline-reader.pc), WARDLINE_FREESTANDING for the
 * one without the standard library, whose handles lie in memory of the caller's
 * (wardline-freestanding.pc).
 */

#ifndef WARDLINE_H
#define WARDLINE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(WARDLINE_FREESTANDING)
#define WARDLINE_HOSTED 1
#if !defined(WARDLINE_READER_ONLY)
#define WARDLINE_COMPILER 1
#endif
#endif


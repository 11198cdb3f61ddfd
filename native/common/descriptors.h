/* Many descriptors at once. */
#ifndef EYRIE_DESCRIPTORS_H
#define EYRIE_DESCRIPTORS_H

/*
 * Closes every descriptor from `first` to `last`, both included. Async-signal-safe. Where the
 * kernel lacks close_range(2) (before 5.9) the open ones are read from /proc/self/fd.
 */
void close_descriptors(unsigned first, unsigned last);

/* Raises how many descriptors this process may have to what it may be raised to: RLIMIT_NOFILE. */
void raise_descriptor_limit(void);

#endif

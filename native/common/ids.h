/* User and group ids in arguments. */
#ifndef EYRIE_IDS_H
#define EYRIE_IDS_H

#include <stdint.h>

/* Reads an id, or another number below 2^32 - 1. Gives false where the text is none. */
int id_read(const char *text, uint32_t *id);

/* Reads the id of an account that is not root. */
int id_read_account(const char *text, uint32_t *id);

#endif

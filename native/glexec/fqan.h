/*
 * FQANs, the names of VOMS attributes: "/vo/group/Role=production", a group of a virtual organisation
 * and, if any, a role in it.
 */
#ifndef GLEXEC_FQAN_H
#define GLEXEC_FQAN_H

#include <stdbool.h>
#include <stddef.h>

/* Longer ones are refused; those in use have less than 100 bytes. */
#define FQAN_SIZE 256

/* Which names a line of the grid-mapfile can be about. */
enum fqan_kind { NAMES_SUBJECTS, NAMES_FQANS, NAMES_BOTH };

/*
 * What a line's name is. The first part of a subject has a "=", that of an FQAN is the organisation and
 * has none. A star in an organisation's name may stand for the rest of a subject as well. Pure.
 */
enum fqan_kind fqan_kind_of(const char *name);

/*
 * Takes an FQAN of an attribute certificate: that it is of this organisation, and printable, and
 * without what says nothing (/Role=NULL, /Capability=NULL). Writes it, or gives -1. Pure.
 */
int fqan_take(const char *text, const char *organisation, char fqan[FQAN_SIZE]);

/*
 * Whether a line's name covers an FQAN that fqan_take() wrote: it is the same, without or with what
 * says nothing; a star at its end stands for any rest. Pure.
 */
bool fqan_is_covered(const char *name, const char *fqan);

/* Whether it is a name of an organisation or a host: letters, digits, ".", "_", "-"; no dot first. Pure. */
bool fqan_is_plain_name(const char *text);

#endif

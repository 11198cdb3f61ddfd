#include "details.h"

#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "output.h"
#include "process.h"

/* HTCondor puts these in front of a job's environment; what comes after so much is not read. */
#define ENVIRONMENT_MAX 131072

/* As many as HTCondor's own record holds, and the longest that fits into it. */
#define ANCESTORS_MAX 32
#define ANCESTOR_MAX 71

static char text[ENVIRONMENT_MAX + 1];

static void put_groups(int pid, struct families_details *details) {
    long length = process_read_file(pid, "status", text, sizeof text - 1);
    const char *at = length > 0 ? strstr(text, "\nGroups:") : NULL;
    if (at == NULL) {
        return;
    }
    at += strlen("\nGroups:");
    while (*at == '\t' || *at == ' ') {
        at++;
    }
    while (*at >= '0' && *at <= '9') {
        uint32_t group = (uint32_t)strtoul(at, NULL, 10);
        output_put(&group, sizeof group);
        details->group_count++;
        at += strspn(at, "0123456789");
        at += *at == ' ';
    }
}

/* Gives how long the environment is, or -errno. */
static long put_ancestors(int pid, struct families_details *details) {
    static const char begin[] = "_CONDOR_ANCESTOR_";
    long length = process_read_file(pid, "environ", text, sizeof text - 1);
    for (const char *at = text; at < text + length; at += strlen(at) + 1) {
        size_t size = strlen(at);
        if (strncmp(at, begin, sizeof begin - 1) == 0 && size <= ANCESTOR_MAX &&
            details->ancestor_count < ANCESTORS_MAX) {
            output_put(at, size + 1);
            details->ancestor_count++;
            details->text_bytes += (uint32_t)size + 1;
        }
    }
    return length;
}

/* Lines are "NUMBER:CONTROLLERS:PATH". */
static void put_cgroups(int pid, struct families_details *details) {
    long length = process_read_file(pid, "cgroup", text, sizeof text - 1);
    for (char *line = text, *end; line < text + length; line = end + 1) {
        end = strchr(line, '\n');
        if (end == NULL) {
            return;
        }
        *end = 0;
        const char *path = strchr(line, ':');
        path = path != NULL ? strchr(path + 1, ':') : NULL;
        if (path != NULL) {
            size_t size = strlen(path + 1) + 1;
            output_put(path + 1, size);
            details->cgroup_count++;
            details->text_bytes += (uint32_t)size;
        }
    }
}

int details_put(int pid, uint32_t wants) {
    struct families_details details = {0};
    size_t at = output_length();
    int is_bare = 0;
    output_put(&details, sizeof details);
    if ((wants & FAMILIES_WANT_GROUPS) != 0) {
        put_groups(pid, &details);
    }
    if ((wants & FAMILIES_WANT_ANCESTORS) != 0) {
        is_bare = put_ancestors(pid, &details) == 0;
    }
    if ((wants & FAMILIES_WANT_CGROUPS) != 0) {
        put_cgroups(pid, &details);
    }
    output_align();
    output_replace(at, &details, sizeof details);
    return is_bare;
}

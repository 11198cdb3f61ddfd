/*
 * Feeds texts to glexec's parsers, for a test under sanitizers.
 *
 *   glexec-fuzz texts COUNT SEED                 configurations, grid-mapfiles, policies, LSC files, FQANs
 *   glexec-fuzz proxy COUNT SEED FILE DIRECTORY  FILE, a proxy that verifies with the CAs of DIRECTORY,
 *                                                with some bytes changed
 *   glexec-fuzz attributes COUNT SEED FILE       the VOMS attributes of FILE, likewise
 *   glexec-fuzz leases COUNT SEED DIRECTORY      as root: processes that lease at once in an empty DIRECTORY
 *
 * The same SEED makes the same texts. Each lies in memory of exactly its size. Prints how many were
 * refused and how many accepted. What is accepted is checked once more, by other means.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "glexec/attribute_certificate.h"
#include "glexec/certificates.h"
#include "glexec/config.h"
#include "glexec/fqan.h"
#include "glexec/gridmapdir.h"
#include "glexec/lsc.h"
#include "glexec/mapfile.h"
#include "glexec/signing_policy.h"
#include "glexec/verify.h"
#include "glexec/white_list.h"
#include "test/random.h"

#define SUBJECT "/DC=org/CN=Alice Adams"
#define FQAN "/vo/Role=pilot"
#define TEXT_LIMIT 8192

static unsigned long accepted;

static void fail(const char *what, const char *text) {
    fprintf(stderr, "glexec-fuzz: %s: %s\n", what, text);
    exit(1);
}

static void ignore(const char *text) {
    if (strlen(text) >= CONFIG_WHY_SIZE) {
        fail("a warning that is too long", text);
    }
}

/* Words that mean something to one of the parsers, and what stands between them. */
static char *make_text(void) {
    static const char *const words[] = {
        "[glexec]\n", "linger", "=", "yes", "\n", "\n", " ", "\"", "'", "#", "log_level", "3",
        "crl", "require", "epilogue", "/etc/x", "use_lcas", "[", "]", SUBJECT, "\"" SUBJECT "\" bob\n",
        "*", ".", "pool", "bob", ",", "\\", "\\\"", "/E=", "/USERID=", "access_id_CA X509 '/CN=CA'\n",
        "pos_rights globus CA:sign\n", "cond_subjects globus '\"/DC=*\"'\n", "\xff",
        "/vo", "/Role=pilot", "/Role=NULL", "/Capability=NULL", "/vo/* bob\n", "/CN=CA\n", SUBJECT "\n/CN=CA\n",
        "------ NEXT CHAIN ------\n", "\t", "\r"};
    static char text[TEXT_LIMIT];
    size_t length = 0;
    for (uint32_t count = random_number(24); count > 0; count--) {
        const char *word = words[random_number(sizeof words / sizeof *words)];
        memcpy(text + length, word, strlen(word));
        length += strlen(word);
    }
    if (random_number(30) == 0) {
        size_t more = random_number(2000);
        memset(text + length, 'x', more);
        length += more;
    }
    text[length] = 0;
    char *exact = strdup(text);
    if (exact == NULL) {
        fail("no memory", "");
    }
    return exact;
}

static void try_config(char *text) {
    char why[CONFIG_WHY_SIZE];
    struct config config;
    config_set_defaults(&config);
    if (config_parse(text, &config, ignore, why) == 0) {
        accepted++;
        if (config.log_level < 1 || config.log_level > 5 ||
            (config.epilogue != NULL && config.epilogue[0] != '/')) {
            fail("a configuration with a wrong value was accepted", text);
        }
    } else if (strlen(why) == 0) {
        fail("no reason was given", text);
    }
}

static void try_mapfile(char *text) {
    char account[ACCOUNT_SIZE] = "";
    unsigned line;
    bool is_subject = random_number(2) == 0;
    if (mapfile_find(text, is_subject ? MAPFILE_SUBJECT : MAPFILE_FQAN,
                     is_subject ? SUBJECT : FQAN, account, &line) != MAPFILE_FOUND) {
        return;
    }
    if (!is_subject && !mapfile_has_fqans(text)) {
        fail("an FQAN was found where none is", text);
    }
    accepted++;
    if (account[0] == 0 || strchr(account, '/') != NULL || strcmp(account, ".") == 0 ||
        strcmp(account, "..") == 0) {
        fail("an account that is none was accepted", account);
    }
}

static void try_others(char *text) {
    char name[LEASE_NAME_SIZE];
    accepted += white_list_has(text, "pool001") ? 1 : 0;
    if (gridmapdir_lease_name(text, name) == 0 &&
        (strchr(name, '/') != NULL || strchr(name, '.') != NULL || strlen(name) > 255)) {
        fail("a lease with a name that is none", name);
    }
    accepted += signing_policy_ask(text, "/CN=CA", SUBJECT) == SIGNING_ALLOWED ? 1 : 0;
}

static void try_voms(char *text) {
    char fqan[FQAN_SIZE];
    if (fqan_take(text, "vo", fqan) == 0) {
        accepted++;
        if ((strncmp(fqan, "/vo/", 4) != 0 && strcmp(fqan, "/vo") != 0) ||
            !fqan_is_covered(text, fqan) || fqan_kind_of(fqan) != NAMES_FQANS) {
            fail("a name of another organisation was accepted", text);
        }
    }
    if (fqan_is_plain_name(text) && (strchr(text, '/') != NULL || text[0] == '.')) {
        fail("a path was accepted as a name", text);
    }
    bool is_named = strstr(text, SUBJECT) != NULL && strstr(text, "CN=CA") != NULL;
    if (lsc_names(text, SUBJECT, "/CN=CA")) {
        accepted++;
        if (!is_named) {
            fail("a server was found that is not named", text);
        }
    }
}

static void try_text(void) {
    static void (*const tries[])(char *) = {try_config, try_mapfile, try_others, try_voms};
    char *text = make_text();
    tries[random_number(4)](text);
    free(text);
}

/* Changes some bytes of the proxy: mostly in its base64, where that is certificates. */
static void try_proxy(const char *good, size_t length, const struct verify_rules *rules) {
    static struct verdict verdict;
    char *copy = malloc(length + 1);
    if (copy == NULL) {
        fail("no memory", "");
    }
    memcpy(copy, good, length + 1);
    for (uint32_t count = 1 + random_number(3); count > 0; count--) {
        static const char base64[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\n-";
        copy[random_number((uint32_t)length)] = base64[random_number(sizeof base64 - 1)];
    }
    size_t kept = random_number(8) == 0 ? random_number((uint32_t)length) : length;
    verify_proxy(copy, kept, rules, &verdict, NULL);
    if (verdict.code == 0) {
        accepted++;
        if (strncmp(verdict.subject, "/DC=org/DC=example/OU=People/CN=Alice Adams", SUBJECT_SIZE) != 0) {
            fail("a changed proxy was somebody else's", verdict.subject);
        }
    }
    free(copy);
}

/* A certificate that has nothing but an extension of these bytes. */
static X509 *carry(const X509_EXTENSION *like, const unsigned char *bytes, size_t length) {
    X509 *certificate = X509_new();
    X509_EXTENSION *extension = X509_EXTENSION_dup(like);
    ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
    if (certificate == NULL || extension == NULL || data == NULL ||
        ASN1_OCTET_STRING_set(data, bytes, (int)length) != 1 ||
        X509_EXTENSION_set_data(extension, data) != 1 ||
        X509_add_ext(certificate, extension, -1) != 1) {
        fail("no memory", "");
    }
    ASN1_OCTET_STRING_free(data);
    X509_EXTENSION_free(extension);
    return certificate;
}

static bool is_believed(const struct attribute_certificate *certificate, X509 *owner) {
    bool expired;
    return attribute_certificate_signature_fault(
               certificate, sk_X509_value(certificate->servers, 0)) == NULL &&
           attribute_certificate_holder_fault(certificate, owner) == NULL &&
           attribute_certificate_date_fault(certificate, &expired) == NULL;
}

/* Changes some bytes of the first certificate's extension, and asks all that needs no directory. */
static void try_attributes(STACK_OF(X509) *chain) {
    const char *fault;
    X509 *first = sk_X509_value(chain, 0);
    X509_EXTENSION *extension = X509_get_ext(first, 0);
    const ASN1_OCTET_STRING *good = X509_EXTENSION_get_data(extension);
    size_t length = (size_t)ASN1_STRING_length(good);
    unsigned char *copy = malloc(length);
    if (copy == NULL) {
        fail("no memory", "");
    }
    memcpy(copy, ASN1_STRING_get0_data(good), length);
    for (uint32_t count = random_number(4); count > 0; count--) {
        copy[random_number((uint32_t)length)] = (unsigned char)random_number(256);
    }
    X509 *changed = carry(extension, copy, random_number(8) == 0 ? random_number((uint32_t)length) : length);
    STACK_OF(X509) *one = sk_X509_new_null();
    sk_X509_push(one, changed);
    const struct attribute_certificates *all = attribute_certificates_read(one, &fault);
    if (all != NULL && is_believed(&all->each[0], sk_X509_value(chain, 1))) {
        accepted++;
        size_t signed_length = (size_t)ASN1_STRING_length(all->each[0].signed_bytes);
        if (all->count != 1 || strcmp(all->each[0].organisation, "testvo") != 0 ||
            memmem(ASN1_STRING_get0_data(good), length,
                   ASN1_STRING_get0_data(all->each[0].signed_bytes), signed_length) == NULL) {
            fail("changed attributes were believed", all->each[0].organisation);
        }
    }
    sk_X509_pop_free(one, X509_free);
    free(copy);
}

#define PEOPLE 3
#define CALLS_EACH 3

/* Of one round, for all its processes. */
struct round {
    volatile int begun;
    volatile int ready;
    char accounts[PEOPLE][CALLS_EACH][ACCOUNT_SIZE];
};

static bool may_lease_any(const char *account, void *context) {
    (void)account, (void)context;
    return true;
}

/* The child. */
static void lease_one(struct round *round, int directory, int person, int call) {
    char subject[32];
    snprintf(subject, sizeof subject, "/CN=person %d", person);
    __sync_fetch_and_add(&round->ready, 1);
    while (!round->begun) {
        sched_yield();
    }
    _exit(gridmapdir_lease(directory, subject, false, "pool", may_lease_any, NULL,
                           round->accounts[person][call]));
}

/* Removes all names, or counts those that are neither an account nor a lease of two links. */
static unsigned long sweep(int directory, bool remove) {
    unsigned long wrong = 0;
    DIR *stream = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY));
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        struct stat status;
        if (entry->d_name[0] == '.') {
            continue;
        }
        if (remove) {
            unlinkat(directory, entry->d_name, 0);
        } else if (fstatat(directory, entry->d_name, &status, 0) != 0 || status.st_nlink != 2) {
            wrong++;
        }
    }
    closedir(stream);
    return wrong;
}

static void judge_round(const struct round *round, int directory) {
    for (int person = 0; person < PEOPLE; person++) {
        const char *first = round->accounts[person][0];
        for (int call = 1; call < CALLS_EACH; call++) {
            if (strcmp(round->accounts[person][call], first) != 0) {
                fail("one person has two accounts", first);
            }
        }
        for (int other = 0; other < person; other++) {
            if (strcmp(round->accounts[other][0], first) == 0) {
                fail("two people have one account", first);
            }
        }
    }
    if (sweep(directory, false) != 0) {
        fail("a link was left that is no lease", "");
    }
}

/* As many accounts as people, who all call at once, several times each. */
static void try_leases(int directory) {
    struct round *round =
        mmap(NULL, sizeof *round, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (round == MAP_FAILED) {
        fail("no memory", "");
    }
    sweep(directory, true);
    for (int i = 0; i < PEOPLE; i++) {
        char name[16];
        snprintf(name, sizeof name, "pool%03d", i);
        close(openat(directory, name, O_WRONLY | O_CREAT | O_EXCL, 0644));
    }
    for (int i = 0; i < PEOPLE * CALLS_EACH; i++) {
        pid_t child = fork();
        if (child == 0) {
            lease_one(round, directory, i % PEOPLE, i / PEOPLE);
        } else if (child < 0) {
            fail("cannot fork", "");
        }
    }
    while (round->ready < PEOPLE * CALLS_EACH) {
        sched_yield();
    }
    round->begun = 1;
    int status;
    while (wait(&status) > 0) {
        if (status != 0) {
            fail("a lease was refused though there are accounts for all", "");
        }
    }
    judge_round(round, directory);
    munmap(round, sizeof *round);
    accepted++;
}

/* Reads all of a file. */
static size_t read_file(const char *path, char *text, size_t size) {
    FILE *file = fopen(path, "r");
    size_t length = file == NULL ? 0 : fread(text, 1, size - 1, file);
    if (length == 0) {
        fail("cannot read", path);
    }
    fclose(file);
    return length;
}

int main(int argc, char **argv) {
    static char good[64 * 1024];
    size_t length = 0;
    enum { TEXTS, PROXY, ATTRIBUTES, LEASES, NOTHING } what = NOTHING;
    if (argc == 4 && strcmp(argv[1], "texts") == 0) {
        what = TEXTS;
    } else if (argc == 6 && strcmp(argv[1], "proxy") == 0) {
        what = PROXY;
    } else if (argc == 5 && strcmp(argv[1], "attributes") == 0) {
        what = ATTRIBUTES;
    } else if (argc == 5 && strcmp(argv[1], "leases") == 0) {
        what = LEASES;
    } else {
        return 2;
    }
    unsigned long count = strtoul(argv[2], NULL, 10);
    random_state = 2 * strtoull(argv[3], NULL, 10) + 1;
    const struct verify_rules rules = {.certdir = what == PROXY ? argv[5] : ""};
    STACK_OF(X509) *chain = NULL;
    int directory = what == LEASES ? open(argv[4], O_RDONLY | O_DIRECTORY) : -1;
    if (what == PROXY || what == ATTRIBUTES) {
        length = read_file(argv[4], good, sizeof good);
        chain = certificates_read(good, length);
        if (sk_X509_num(chain) < 2) {
            fail("no proxy", argv[4]);
        }
    }
    for (unsigned long i = 0; i < count; i++) {
        if (what == TEXTS) {
            try_text();
        } else if (what == PROXY) {
            try_proxy(good, length, &rules);
        } else if (what == LEASES) {
            try_leases(directory);
        } else {
            try_attributes(chain);
        }
    }
    sk_X509_pop_free(chain, X509_free);
    printf("refused %lu accepted %lu\n", count - accepted, accepted);
    return 0;
}

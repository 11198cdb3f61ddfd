/*
 * The name of a start-up snapshot tells what it was made for: a build of node, a bundle, and a
 * processor. Node ends with an error when it is given a snapshot that another node made, or that was
 * made on a processor with other features; a name that is not there makes the launcher take the
 * loader instead. Of files the size and the time of their last change stand for the content.
 */
#ifndef EYRIE_START_SNAPSHOT_KEY_H
#define EYRIE_START_SNAPSHOT_KEY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#if defined(__x86_64__)
#include <cpuid.h>
#else
#include <sys/auxv.h>
#endif

/* FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t mix(uint64_t hash, uint64_t value) {
  for (int byte = 0; byte < 8; byte++) {
    hash ^= (value >> (8 * byte)) & 0xff;
    hash *= 0x100000001b3;
  }
  return hash;
}

static uint64_t mix_file(uint64_t hash, const struct stat *file) {
  return mix(mix(hash, (uint64_t)file->st_size), (uint64_t)file->st_mtim.tv_sec);
}

#if defined(__x86_64__)
/* What V8 asks the processor for, and more: leaf 1's ebx is left out, it names the core. */
static uint64_t mix_processor(uint64_t hash) {
  static const unsigned int leaves[] = {0, 1, 7, 0x80000001};
  unsigned int a, b, c, d;
  for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
    if (!__get_cpuid_count(leaves[i], 0, &a, &b, &c, &d)) continue;
    hash = mix(mix(hash, a), c);
    hash = mix(mix(hash, leaves[i] == 1 ? 0 : b), d);
    if (leaves[i] == 1 && (c & bit_OSXSAVE)) {
      unsigned int low, high;
      __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
      hash = mix(hash, low);
    }
  }
  return hash;
}
#else
static uint64_t mix_processor(uint64_t hash) {
  return mix(mix(hash, getauxval(AT_HWCAP)), getauxval(AT_HWCAP2));
}
#endif

static uint64_t snapshot_key(const struct stat *node, const struct stat *bundle) {
  return mix_processor(mix_file(mix_file(0xcbf29ce484222325, node), bundle));
}

#endif

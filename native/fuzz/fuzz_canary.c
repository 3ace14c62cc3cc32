/* The canary: it must crash.
 *
 * A heap overflow behind four magic bytes. A fuzz run that does not find it within seconds finds
 * nothing else either: no coverage feedback, no sanitizer, or a corpus that is not read.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 4) return 0;
    /* One comparison at a time, so that coverage leads from byte to byte. */
    if (data[0] != 'b') return 0;
    if (data[1] != 'i') return 0;
    if (data[2] != 'r') return 0;
    if (data[3] != 'd') return 0;
    volatile uint8_t *cage = malloc(size);
    if (cage == NULL) return 0;
    cage[size] = data[3];
    free((void *)(uintptr_t)cage);
    return 0;
}

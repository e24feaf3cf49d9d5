// CRC-32 as ZIP has it (APPNOTE 4.4.7, ISO 3309), by carry-less multiplication where the processor
// has that, else by zlib. Tests/ASiCTests/ChecksumTests.swift compares it with zlib.

#ifndef C_CHECKSUM_H
#define C_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

// The CRC-32 of bytes that follow others whose CRC-32 is `crc32`; 0 where none do.
uint32_t checksum_crc32(uint32_t crc32, const void *bytes, size_t count);

#endif

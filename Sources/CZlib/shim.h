#ifndef ROGATORY_CZLIB_H
#define ROGATORY_CZLIB_H

#include <zlib.h>

// inflateInit2 is a macro, which Swift doesn't import. Negative window bits mean raw deflate data.
static inline int czlib_inflate_init(z_stream *stream, int window_bits) {
  return inflateInit2(stream, window_bits);
}

#endif

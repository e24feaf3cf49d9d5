#ifndef ROGATORY_CZLIB_H
#define ROGATORY_CZLIB_H

#include <zlib.h>

// inflateInit2 is a macro, which Swift doesn't import. Negative window bits mean raw deflate data,
// as ZIP stores it (APPNOTE 4.4.5, method 8).
static inline int czlib_inflate_init_raw(z_stream *stream) {
  return inflateInit2(stream, -15);
}

#endif

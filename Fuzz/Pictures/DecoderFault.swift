/// The faults that reading a decoder's output can have; the rest are about children.
package enum DecoderFault: Error, Hashable, Sendable {
  /// It gave something else than it should.
  case malformedOutput
  /// The picture has more pixels than ``PixmapHeader/maximumPixels``, or too long a side.
  case tooLarge
}

import Evidence

/// What `pdfinfo -box` says of a PDF: how many pages, and how large each is.
struct DocumentPages: Sendable {
  /// The number of pages, at least 1.
  let count: Int
  /// Width and height of the media boxes in points, not turned, by page.
  private var boxes: [Int: (width: Double, height: Double)] = [:]

  /// Reads the lines; the last of each kind counts, since a title can hold line ends, and stands
  /// before them.
  init(_ text: some Sequence<UInt8>) throws(DecoderFault) {
    var count: Int?
    for line in String(decoding: Array(text), as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, words[0] == "Pages:" {
        count = Int(words[1])
      } else if words.count == 7, words[0] == "Page", words[2] == "MediaBox:",
        let page = Int(words[1])
      {
        let corners = words[3...].compactMap { Double($0) }
        guard corners.count == 4 else { throw .malformedOutput }
        boxes[page] = (abs(corners[2] - corners[0]), abs(corners[3] - corners[1]))
      }
    }
    guard let count, count > 0 else { throw .malformedOutput }
    self.count = count
  }

  /// Makes sure that a page's picture can be drawn.
  ///
  /// - Throws: ``DecoderFault/tooLarge``, before anybody tries.
  func checkSize(ofPage page: Int, resolution: UInt16) throws(DecoderFault) {
    let (width, height) = try pixels(ofPage: page, resolution: resolution)
    guard max(width, height) <= Double(PixmapHeader.maximumSide),
      width * height <= Double(PixmapHeader.maximumPixels)
    else { throw .tooLarge }
  }

  /// Makes sure that a picture has the size of its page, turned or not: where its memory didn't
  /// suffice, `pdftoppm` was seen to give a single pixel and to say that all is well.
  func check(_ grid: TileGrid, isPage page: Int, resolution: UInt16) throws(DecoderFault) {
    let (width, height) = try pixels(ofPage: page, resolution: resolution)
    let drawn = (Double(grid.width), Double(grid.height))
    // Rounded up by one program, to hundredths of a point by the other.
    func isClose(_ one: Double, _ other: Double) -> Bool { abs(one - other) <= 2 }
    guard
      isClose(drawn.0, width) && isClose(drawn.1, height)
        || isClose(drawn.0, height) && isClose(drawn.1, width)
    else { throw .malformedOutput }
  }

  private func pixels(
    ofPage page: Int, resolution: UInt16
  ) throws(DecoderFault) -> (Double, Double) {
    guard let box = boxes[page] else { throw .malformedOutput }
    let scale = Double(resolution) / 72
    return (max(1, (box.width * scale).rounded(.up)), max(1, (box.height * scale).rounded(.up)))
  }
}

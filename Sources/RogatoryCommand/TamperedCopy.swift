import ASiC
import DurableFiles
import Evidence

/// A copy of a bundle in which one byte of one item is another: what the demo shows to be noticed.
enum TamperedCopy {
  /// Writes the copy, and returns the byte's offset and the entry that it lies in.
  static func make(of source: String, at path: String) throws -> (offset: UInt64, entry: String) {
    let input = try BundleInput(source)
    guard
      let entry = input.container.entries.first(where: {
        $0.name.path.hasPrefix("items/") && $0.size > 100
      })
    else { throw EvidenceError.noItems }
    let target = entry.dataOffset + entry.size / 2
    try writeOutput(to: path) { descriptor in
      let sink = DescriptorWriter(descriptor, path: path)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
      defer { buffer.deallocate() }
      var offset: UInt64 = 0
      while true {
        let count = try input.file.read(into: buffer, at: offset)
        if count == 0 { break }
        if (offset..<offset + UInt64(count)).contains(target) {
          buffer[Int(target - offset)] ^= 1
        }
        try sink.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        offset += UInt64(count)
      }
    }
    return (target, entry.name.path)
  }
}

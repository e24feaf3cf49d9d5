import ASiC
import Crypto

/// The digest of an entry in any algorithm that a manifest may name.
func hash(_ reader: EntryReader, _ algorithm: DigestAlgorithm) throws -> [UInt8] {
  switch algorithm {
  case .sha256: try hash(reader, SHA256())
  case .sha384: try hash(reader, SHA384())
  case .sha512: try hash(reader, SHA512())
  }
}

private func hash(_ reader: EntryReader, _ function: some HashFunction) throws -> [UInt8] {
  var function = function
  let size = Int(max(1, min(reader.entry.size, 1 << 18)))
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
  defer { buffer.deallocate() }
  while true {
    let count = try reader.read(into: buffer)
    if count == 0 { return Array(function.finalize()) }
    function.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
  }
}

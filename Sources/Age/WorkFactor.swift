/// The work factor that an age file asks for before a passphrase can open it, as the base-2 logarithm
/// of scrypt's cost; nil where no passphrase opens it.
///
/// For whoever takes less than ``AgeLimits/maximumWorkFactor``: the cost is paid before anything in
/// the file is authenticated.
///
/// - Throws: ``AgeError`` where the file's header is malformed.
public func scryptWorkFactor(of file: [UInt8]) throws -> Int? {
  var rest = file[...]
  let source = try Decryptor.source(
    reading: { buffer in
      let piece = rest.prefix(buffer.count)
      buffer.copyBytes(from: piece)
      rest = rest.dropFirst(piece.count)
      return piece.count
    }, encoding: .automatic)
  for stanza in try Header(parsing: source).stanzas {
    if case .scrypt(_, let workFactor, _) = stanza { return workFactor }
  }
  return nil
}

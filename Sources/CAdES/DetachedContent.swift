import COpenSSL

/// What a detached signature is over: bytes in memory, or bytes that are read when they are needed.
public struct DetachedContent {
  /// Gives all bytes, in pieces.
  public typealias Pieces = ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

  private let sha256: [UInt8]?
  private let pieces: Pieces

  /// Bytes in memory.
  public init(_ bytes: [UInt8]) {
    sha256 = nil
    pieces = { body in try bytes.withUnsafeBytes(body) }
  }

  /// Bytes that `pieces` gives, the same each time it is called.
  ///
  /// - Parameter sha256: their SHA-256, where the caller has computed it.
  public init(sha256: [UInt8]? = nil, _ pieces: @escaping Pieces) {
    self.sha256 = sha256
    self.pieces = pieces
  }

  /// Nil where the bytes can't be read.
  func digest(_ algorithm: DigestAlgorithm) -> [UInt8]? {
    if algorithm == .sha256, let sha256 { return sha256 }
    guard let context = EVP_MD_CTX_new() else { return nil }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestInit_ex(context, algorithm.handle, nil) == 1 else { return nil }
    var isDone = true
    do {
      try pieces { piece in
        isDone = EVP_DigestUpdate(context, piece.baseAddress, piece.count) == 1 && isDone
      }
    } catch { return nil }
    var digest = [UInt8](repeating: 0, count: algorithm.byteCount)
    return isDone && EVP_DigestFinal_ex(context, &digest, nil) == 1 ? digest : nil
  }
}

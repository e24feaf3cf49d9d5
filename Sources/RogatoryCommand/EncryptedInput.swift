import ASiC
import Age
import ArgumentParser
import DurableFiles
import Glibc

/// Keys for a bundle that is an age file: it is read where it lies, and no plaintext reaches the disk.
struct BundleKeys: ParsableArguments {
  @Option(
    name: .shortAndLong, help: "The bundle is an age file; a file of identities. Repeatable.")
  var identity: [String] = []

  /// The container in a file, decrypted part by part as it is read where identities are given.
  ///
  /// - Throws: `AgeError` where no identity opens the file, or where it is cut short, and
  ///   `ContainerError` where what it holds isn't a container.
  func container(
    in file: FileReader, path: String, tolerant: Bool = false
  ) throws -> ContainerReader {
    guard !identity.isEmpty else {
      return try ContainerReader(fileDescriptor: file.fileDescriptor, tolerant: tolerant)
    }
    let payload: PayloadReader
    do {
      payload = try PayloadReader(
        size: file.facts.size, identities: readIdentities(identity),
        readingAt: { try file.read(into: $0, at: $1) })
    } catch AgeError.armored {
      throw Failure(
        .usage, "\(path) has ASCII armor, which can't be read part by part",
        hint: "take it off with `rogatory decrypt`")
    }
    return try ContainerReader(size: payload.byteCount, tolerant: tolerant) {
      buffer, offset throws(ContainerError) in
      do {
        return try payload.read(into: buffer, at: offset)
      } catch {
        // To a container it is a part that can't be read: the verdict names the file that it is in.
        throw .readFailed(errno: (error as? FileError)?.systemError ?? EBADMSG)
      }
    }
  }
}

/// The identities in these files.
func readIdentities(_ paths: [String]) throws -> [Identity] {
  try paths.flatMap { path in
    do {
      return try IdentityFile.parse(readSmallFile(path, limit: 1 << 20, followingLinks: true))
    } catch AgeError.invalidIdentity(let line) {
      throw Failure(
        .failed, "line \(line) of \(path) isn't an identity",
        hint: "such a line begins with AGE-SECRET-KEY-, and # begins a remark")
    } catch AgeError.noRecipients {
      throw Failure(.failed, "\(path) holds no identity")
    } catch let error as AgeError {
      throw Failure(.failed, "\(path) holds no identities that can be read (\(error))")
    }
  }
}

extension FileError {
  fileprivate var systemError: Int32? {
    if case .failed(_, _, let errno) = self { errno } else { nil }
  }
}

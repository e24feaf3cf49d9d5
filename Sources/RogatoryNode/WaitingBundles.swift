import DurableFiles
import Glibc

/// The bundles of this node that wait for a time-stamp or revocation data, because an authority
/// wasn't reached when they were sealed: `waiting-timestamps/<bundle id>`, one path in each file.
public struct WaitingBundles: Sendable {
  /// One bundle that waits.
  public struct Entry: Hashable, Sendable {
    /// The bundle's id.
    public let bundleID: String
    /// Where it was written, absolute.
    public let path: String
  }
  private let folder: String

  init(_ home: NodeHome) { folder = home.file("waiting-timestamps") }

  /// Remembers that the bundle at this path waits.
  public func add(_ bundleID: String, path: String) throws {
    try ensureDirectory(folder)
    try AtomicFile.write(
      Array((absolutePath(path) + "\n").utf8), to: "\(folder)/\(bundleID)", replacing: true)
  }

  /// All that wait, by id; none where nothing ever did.
  public func entries() throws -> [Entry] {
    guard (try? facts(ofFile: folder)) != nil else { return [] }
    return try listFiles(folder).filter(Self.isBundleID).sorted().map { name in
      let bytes = try readSmallFile("\(folder)/\(name)", limit: 1 << 14)
      let text = String(decoding: bytes, as: UTF8.self)
      return Entry(bundleID: name, path: String(text.prefix { $0 != "\n" }))
    }
  }

  /// Forgets one that waits no longer.
  public func remove(_ bundleID: String) throws {
    guard Self.isBundleID(bundleID), (try? facts(ofFile: "\(folder)/\(bundleID)")) != nil
    else { return }
    try removeDurably("\(folder)/\(bundleID)")
  }

  /// 32 hexadecimal digits: a name that leads nowhere else.
  private static func isBundleID(_ text: String) -> Bool {
    text.utf8.count == 32
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
      }
  }

  private func absolutePath(_ path: String) -> String {
    guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
    defer { free(here) }
    return String(cString: here) + "/" + path
  }
}

extension NodeHome {
  /// The bundles that wait for an authority.
  public var waitingBundles: WaitingBundles { WaitingBundles(self) }
}

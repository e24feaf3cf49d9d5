/// The name of a file inside a container: a relative path that stays inside it.
///
/// Construction is the only check. Code that holds an `EntryName` never asks again whether the path
/// is safe to extract. Two names are equal if their UTF-8 bytes are, since bytes are what is signed;
/// `String` would take canonically equivalent ones for equal.
public struct EntryName: Hashable, Sendable {
  /// The path, its components separated by `/`.
  public let path: String

  /// Checks a path: relative, not empty, no empty, `.` or `..` component, no control character, no
  /// backslash, no drive letter, within the lengths that file systems take.
  public init(_ path: String) throws(ContainerError) {
    guard Self.isSafe(path) else { throw .unsafeName(path) }
    self.path = path
  }

  /// A path that was checked before.
  init(checked path: String) { self.path = path }

  private static func isSafe(_ path: String) -> Bool {
    guard path.utf8.count <= maximumLength else { return false }
    // A drive letter makes a path absolute where the bundle may be unpacked one day.
    if path.utf8.dropFirst().first == UInt8(ascii: ":") { return false }
    guard path.unicodeScalars.allSatisfy(isOrdinary) else { return false }
    return path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .allSatisfy { component in
        !component.isEmpty && component.count <= maximumComponent
          && !component.elementsEqual(".".utf8) && !component.elementsEqual("..".utf8)
      }
  }

  private static func isOrdinary(_ scalar: Unicode.Scalar) -> Bool {
    !(scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar == "\\")
  }

  /// Longer ones fit the format, but no file system we write to (`NAME_MAX`, `PATH_MAX`).
  static let maximumComponent = 255
  static let maximumLength = 4095
}

extension EntryName: Comparable, CustomStringConvertible {
  /// Whether the UTF-8 bytes are equal.
  public static func == (left: EntryName, right: EntryName) -> Bool {
    left.path.utf8.elementsEqual(right.path.utf8)
  }

  /// The order of the UTF-8 bytes.
  public static func < (left: EntryName, right: EntryName) -> Bool {
    left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
  }

  /// Hashes the UTF-8 bytes.
  public func hash(into hasher: inout Hasher) {
    var path = path
    path.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  /// The path.
  public var description: String { path }
}

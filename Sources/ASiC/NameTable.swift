/// The names of a container in the order of its entries: finds one, and refuses two that a file
/// system would take for one.
///
/// Compared after folding case and normalisation. A name takes its bytes and some fifteen more: all
/// names stand in one row of bytes, and the hash table holds places in that row. `Hasher` is seeded
/// per process, so a sender can't arrange that names meet in it.
struct NameTable {
  private var bytes: [UInt8] = []
  /// Where each name ends in ``bytes``.
  private var ends: [UInt32] = []
  /// Open addressing: a place plus one in the low bits, some bits of its hash above; 0 is free.
  private var slots: [UInt32]
  /// Directories that a file's name has shown to exist, and those with entries of their own, by hash.
  /// Two hashes that meet by chance refuse a container from elsewhere, once in 2^30.
  private var directories: Set<Int> = []
  private var declared: Set<Int> = []

  /// Room for `count` names of `byteCount` bytes together, which is only a guess.
  init(count: Int = 0, byteCount: Int = 0) {
    bytes.reserveCapacity(byteCount)
    ends.reserveCapacity(count)
    slots = [UInt32](repeating: 0, count: Self.slotCount(for: count))
  }

  var count: Int { ends.count }

  subscript(_ place: Int) -> EntryName {
    EntryName(checked: String(decoding: bytes[range(of: place)], as: UTF8.self))
  }

  func byteCount(of place: Int) -> Int { range(of: place).count }

  /// Adds the name of the entry that comes next.
  mutating func insert(_ name: EntryName) throws(ContainerError) {
    let folded = Self.fold(name.path)
    let hash = folded.hashValue
    if let other = find(folded, hash) { throw .duplicateName(self[other]) }
    if declared.contains(hash) { throw .fileAndDirectory(name) }
    if directories.contains(hash), isDirectory(folded) { throw .fileAndDirectory(name) }
    try insertParents(of: name)
    bytes.append(contentsOf: name.path.utf8)
    ends.append(UInt32(bytes.count))
    // Three quarters full: few steps to a free slot.
    if ends.count > slots.count / 4 * 3 { grow() } else { put(ends.count - 1, hash) }
  }

  /// Adds the name of a directory that has an entry of its own.
  mutating func insertDirectory(_ name: EntryName) throws(ContainerError) {
    let folded = Self.fold(name.path)
    let hash = folded.hashValue
    if find(folded, hash) != nil { throw .fileAndDirectory(name) }
    try insertParents(of: name)
    guard declared.insert(hash).inserted else { throw .duplicateName(name) }
  }

  /// The place of exactly this name.
  func place(of name: EntryName) -> Int? {
    let folded = Self.fold(name.path)
    guard let found = find(folded, folded.hashValue),
      bytes[range(of: found)].elementsEqual(name.path.utf8)
    else { return nil }
    return found
  }

  /// Whether exactly this name is at a place.
  func isName(_ name: EntryName, at place: Int) -> Bool {
    ends.indices.contains(place) && bytes[range(of: place)].elementsEqual(name.path.utf8)
  }

  private func range(of place: Int) -> Range<Int> {
    (place == 0 ? 0 : Int(ends[place - 1]))..<Int(ends[place])
  }

  private func find(_ folded: String, _ hash: Int) -> Int? {
    var slot = hash & (slots.count - 1)
    while slots[slot] != 0 {
      let value = slots[slot]
      let place = Int(value & Self.placeMask) - 1
      if value & ~Self.placeMask == Self.tag(hash), Self.fold(self[place].path) == folded {
        return place
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private mutating func put(_ place: Int, _ hash: Int) {
    var slot = hash & (slots.count - 1)
    while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = Self.tag(hash) | UInt32(place + 1)
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for place in ends.indices { put(place, Self.fold(self[place].path).hashValue) }
  }

  private mutating func insertParents(of name: EntryName) throws(ContainerError) {
    var path = name.path[...]
    while let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
      path = path[..<slash]
      let folded = Self.fold(String(path))
      let hash = folded.hashValue
      // A directory that is known is no file, and has known parents.
      if directories.contains(hash) { return }
      if find(folded, hash) != nil { throw .fileAndDirectory(name) }
      directories.insert(hash)
    }
  }

  private func isDirectory(_ folded: String) -> Bool {
    ends.indices.contains { Self.fold(self[$0].path).hasPrefix(folded + "/") }
  }

  /// Upper case first, so that ß and SS meet. `String` compares and hashes by canonical
  /// equivalence, which covers NFC and NFD.
  private static func fold(_ path: String) -> String {
    let isASCII = path.utf8.allSatisfy { $0 < 0x80 }
    return isASCII ? path.lowercased() : path.uppercased().lowercased()
  }

  private static func tag(_ hash: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: hash >> 32) & ~placeMask
  }

  private static func slotCount(for count: Int) -> Int {
    var slots = 16
    while count > slots / 4 * 3 { slots *= 2 }
    return slots
  }

  private static let placeMask: UInt32 = 1 << 20 - 1
  /// A place fits the low bits of a slot: four times as many entries as are read by default.
  static let maximumCount = Int(placeMask) - 1
  /// The ends of names fit 32 bits.
  static let maximumByteCount = UInt64(UInt32.max)
}

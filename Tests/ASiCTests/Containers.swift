import ASiC
import SeededNumbers

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// What the tests here share: containers in memory, written by us or by hand.

/// The bytes that `body` makes a writer write, through a file without a name.
func written(
  kind: ContainerKind = .asicE, body: (inout ContainerWriter) throws -> Void
) throws -> [UInt8] {
  try withTemporaryFile { file in
    var writer = try ContainerWriter(fileDescriptor: file, kind: kind)
    try body(&writer)
    let size = try writer.finish()
    var bytes = [UInt8](repeating: 0, count: Int(size) + 1)
    let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
    return Array(bytes.prefix(count))
  }
}

/// Gives a file that disappears.
func withTemporaryFile<Result>(_ body: (Int32) throws -> Result) throws -> Result {
  var template = Array("/tmp/rogatory-asic-XXXXXX".utf8CString)
  let file = mkstemp(&template)
  defer { close(file) }
  unlink(template)
  return try body(file)
}

/// A container with an entry of each sort that a bundle has.
func exampleContainer() throws -> [UInt8] {
  try written { writer in
    try writer.add(EntryName("seal.txt"), bytes: Array("rogatory.example/seal\n".utf8))
    try writer.reserve(EntryName("disclosure/view.bin"), size: 9)
    try writer.add(EntryName("items/0001-é.csv"), bytes: [])
    try writer.addStream(EntryName("items/0002.bin"), size: nil) { sink in
      try sink.write([1, 2, 3])
      try sink.write([4, 5])
    }
    try writer.fill(EntryName("disclosure/view.bin"), bytes: Array("disclosed".utf8))
  }
}

/// Opens a container and reads all of it; throws what is wrong, returns what is unlike ours.
@discardableResult
func readAll(_ bytes: [UInt8]) throws(ContainerError) -> [ContainerDeviation] {
  let reader = try ContainerReader(bytes: bytes)
  for entry in reader.entries { _ = try reader.bytes(of: entry, limit: 1 << 24) }
  return reader.deviations
}

/// An archive written naively, field by field, so that each can be wrong.
struct HandmadeArchive {
  struct Member {
    var name: [UInt8]
    var data: [UInt8] = []
    var method: UInt16 = 0
    var flags: UInt16 = 0
    var version: UInt16 = 20
    var madeBy: UInt16 = 20
    var crc32: UInt32 = 0
    var size: UInt32 = 0
    var compressedSize: UInt32 = 0
    var attributes: UInt32 = 0
    var localExtra: [UInt8] = []
    var centralExtra: [UInt8] = []
    var comment: [UInt8] = []
    /// What the local header says instead.
    var localName: [UInt8]?
    var localSizes: UInt32?
    var localCRC32: UInt32?
    /// Follows the data.
    var descriptor: [UInt8] = []
    /// Added to the offset that the directory states.
    var offsetError = 0

    init(_ name: String, _ text: String = "") {
      self.name = Array(name.utf8)
      data = Array(text.utf8)
      crc32 = naiveCRC32(data)
      size = UInt32(data.count)
      compressedSize = UInt32(data.count)
    }

    /// Deflated, as one block that isn't compressed (RFC 1951, 3.2.4).
    static func deflated(_ name: String, _ text: String) -> Member {
      var member = Member(name, text)
      let count = UInt16(member.data.count)
      member.data = [1] + little(count) + little(~count) + member.data
      member.method = 8
      member.compressedSize = UInt32(member.data.count)
      return member
    }
  }

  var members = [Member("mimetype", "application/vnd.etsi.asic-e+zip")]
  var prefix: [UInt8] = []
  var beforeDirectory: [UInt8] = []
  var suffix: [UInt8] = []
  var comment = Array("mimetype=application/vnd.etsi.asic-e+zip".utf8)
  var count: UInt16?
  var disk: UInt16 = 0

  init(_ more: Member...) {
    members += more
  }

  var bytes: [UInt8] {
    var file = prefix
    var directory: [UInt8] = []
    for member in members {
      let offset = file.count + member.offsetError
      file += little(UInt32(0x0403_4B50)) + little(member.version) + little(member.flags)
      file += little(member.method) + little(UInt32(0x0021_0000))
      file += little(member.localCRC32 ?? member.crc32)
      file += little(member.localSizes ?? member.compressedSize)
      file += little(member.localSizes ?? member.size)
      let localName = member.localName ?? member.name
      file += little(UInt16(localName.count)) + little(UInt16(member.localExtra.count))
      file += localName + member.localExtra + member.data + member.descriptor

      directory += little(UInt32(0x0201_4B50)) + little(member.madeBy) + little(member.version)
      directory += little(member.flags) + little(member.method) + little(UInt32(0x0021_0000))
      directory += little(member.crc32) + little(member.compressedSize) + little(member.size)
      directory += little(UInt16(member.name.count)) + little(UInt16(member.centralExtra.count))
      directory += little(UInt16(member.comment.count)) + little(UInt32(0))
      directory += little(member.attributes) + little(UInt32(offset))
      directory += member.name + member.centralExtra + member.comment
    }
    file += beforeDirectory
    let start = UInt32(file.count)
    let count = count ?? UInt16(members.count)
    file += directory + little(UInt32(0x0605_4B50)) + little(disk) + little(disk)
    file += little(count) + little(count) + little(UInt32(directory.count)) + little(start)
    return file + little(UInt16(comment.count)) + comment + suffix
  }
}

func little(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// CRC-32 as APPNOTE 4.4.7 describes it, bit by bit.
func naiveCRC32(_ bytes: [UInt8]) -> UInt32 {
  var crc: UInt32 = 0xFFFF_FFFF
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
  }
  return ~crc
}

/// A few random changes: bytes set, flipped, cut out, doubled.
func mutated(_ bytes: [UInt8], by random: inout SplitMix64) -> [UInt8] {
  var bytes = bytes
  for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
    let position = Int.random(in: 0..<bytes.count, using: &random)
    let end = min(bytes.count, position + Int.random(in: 1...16, using: &random))
    switch Int.random(in: 0..<5, using: &random) {
    case 0: bytes[position] = [0, 0xFF, 0x7F, 0x80, 0x3C, 0x22].randomElement(using: &random) ?? 0
    case 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2: bytes.removeSubrange(position..<end)
    case 3: bytes.insert(contentsOf: bytes[position..<end], at: position)
    default: bytes[position] = UInt8.random(in: 0...255, using: &random)
    }
  }
  return bytes
}

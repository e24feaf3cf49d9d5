// The records of APPNOTE 4.3 as `ContainerWriter` writes them. `ContainerReader` compares with them,
// so that "no deviation" means "the same bytes".

/// What the two headers of an entry of ours are made from.
struct EntryRecord {
  var name: EntryName
  var size: UInt64
  var offset: UInt64
  var crc32: UInt32
  /// Whether the local header has a ZIP64 field though the size doesn't need it.
  var reservesZIP64 = false

  /// Whether the local header has a ZIP64 field.
  var hasLocalZIP64: Bool { reservesZIP64 || size >= ZIP.limit32 }

  private var versionNeeded: UInt16 {
    hasLocalZIP64 || offset >= ZIP.limit32 ? ZIP.versionWithZIP64 : ZIP.version
  }

  /// The local file header (APPNOTE 4.3.7).
  var localHeader: [UInt8] {
    var record = [UInt8](little: ZIP.localSignature)
    appendCommonFields(to: &record, sizes: hasLocalZIP64 ? ZIP.limit32 : size)
    record.append(little: UInt16(hasLocalZIP64 ? ZIP.localZIP64Length : 0))
    record.append(contentsOf: name.path.utf8)
    if hasLocalZIP64 {
      record.append(little: ZIP.zip64Tag)
      record.append(little: UInt16(ZIP.localZIP64Length - 4))
      record.append(little: size)
      record.append(little: size)
    }
    return record
  }

  /// The entry's header in the central directory (APPNOTE 4.3.12).
  var centralHeader: [UInt8] {
    var zip64: [UInt8] = []
    if size >= ZIP.limit32 {
      zip64.append(little: size)
      zip64.append(little: size)
    }
    if offset >= ZIP.limit32 { zip64.append(little: offset) }

    var record = [UInt8](little: ZIP.centralSignature)
    record.append(little: ZIP.versionMadeBy)
    appendCommonFields(to: &record, sizes: min(size, ZIP.limit32))
    record.append(little: UInt16(zip64.isEmpty ? 0 : zip64.count + 4))
    record.append(little: UInt16(0))  // comment
    record.append(little: UInt16(0))  // disk
    record.append(little: UInt16(0))  // internal attributes
    record.append(little: ZIP.externalAttributes)
    record.append(little: UInt32(truncatingIfNeeded: min(offset, ZIP.limit32)))
    record.append(contentsOf: name.path.utf8)
    if !zip64.isEmpty {
      record.append(little: ZIP.zip64Tag)
      record.append(little: UInt16(zip64.count))
      record.append(contentsOf: zip64)
    }
    return record
  }

  private func appendCommonFields(to record: inout [UInt8], sizes: UInt64) {
    record.append(little: versionNeeded)
    record.append(little: ZIP.flags)
    record.append(little: Entry.Method.stored.rawValue)
    record.append(little: ZIP.time)
    record.append(little: ZIP.date)
    record.append(little: crc32)
    record.append(little: UInt32(truncatingIfNeeded: sizes))
    record.append(little: UInt32(truncatingIfNeeded: sizes))
    record.append(little: UInt16(name.path.utf8.count))  // an EntryName has at most 4095
  }
}

/// What follows the central directory.
struct EndRecords {
  var count: UInt64
  var directoryOffset: UInt64
  var directorySize: UInt64
  var comment: [UInt8]

  /// ZIP64 records only where needed, then the end record (APPNOTE 4.3.14 to 4.3.16).
  var bytes: [UInt8] {
    var records: [UInt8] = []
    if count >= ZIP.limit16 || directoryOffset >= ZIP.limit32 || directorySize >= ZIP.limit32 {
      appendZIP64(to: &records)
    }
    records.append(little: ZIP.endSignature)
    records.append(little: UInt32(0))  // this disk, and the directory's
    for _ in 1...2 { records.append(little: UInt16(truncatingIfNeeded: min(count, ZIP.limit16))) }
    records.append(little: UInt32(truncatingIfNeeded: min(directorySize, ZIP.limit32)))
    records.append(little: UInt32(truncatingIfNeeded: min(directoryOffset, ZIP.limit32)))
    records.append(little: UInt16(comment.count))
    records.append(contentsOf: comment)
    return records
  }

  private func appendZIP64(to records: inout [UInt8]) {
    records.append(little: ZIP.zip64EndSignature)
    records.append(little: UInt64(ZIP.zip64EndLength - 12))
    records.append(little: ZIP.versionMadeBy)
    records.append(little: ZIP.versionWithZIP64)
    records.append(little: UInt64(0))  // this disk, and the directory's
    for value in [count, count, directorySize, directoryOffset] { records.append(little: value) }
    records.append(little: ZIP.zip64LocatorSignature)
    records.append(little: UInt32(0))  // the disk of the record above
    records.append(little: directoryOffset + directorySize)
    records.append(little: UInt32(1))  // disks
  }
}

/// Numbers of APPNOTE, and those that our writer has fixed.
enum ZIP {
  static let localSignature: UInt32 = 0x0403_4B50
  static let centralSignature: UInt32 = 0x0201_4B50
  static let descriptorSignature: UInt32 = 0x0807_4B50
  static let endSignature: UInt32 = 0x0605_4B50
  static let zip64EndSignature: UInt32 = 0x0606_4B50
  static let zip64LocatorSignature: UInt32 = 0x0706_4B50

  static let localLength = 30
  static let centralLength = 46
  static let endLength = 22
  static let zip64EndLength = 56
  static let zip64LocatorLength = 20
  static let localZIP64Length = 20

  static let zip64Tag: UInt16 = 0x0001
  /// Info-ZIP's second name of an entry, which may contradict the first.
  static let unicodePathTag: UInt16 = 0x7075

  /// From here on a field is all ones, and the value stands in a ZIP64 field.
  static let limit32: UInt64 = 0xFFFF_FFFF
  static let limit16: UInt64 = 0xFFFF

  /// Unix, 4.5: of names made by MS-DOS `unzip` garbles what isn't ASCII, UTF-8 or not.
  static let versionMadeBy: UInt16 = 3 << 8 | 45
  /// A regular file, `rw-r--r--`: with Unix and nothing here `unzip` makes files without any right.
  static let externalAttributes: UInt32 = 0o100644 << 16
  static let version: UInt16 = 20
  static let versionWithZIP64: UInt16 = 45
  /// The name is UTF-8 (bit 11).
  static let flags: UInt16 = 0x0800
  /// 1980-01-01 00:00, the earliest that the format knows: the real one would tell an order.
  static let time: UInt16 = 0
  static let date: UInt16 = 0x0021
}

extension [UInt8] {
  init(little value: some FixedWidthInteger) {
    self = []
    append(little: value)
  }

  mutating func append(little value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  /// The number at `offset`; the record's length has been checked before.
  func little<Value: FixedWidthInteger>(at offset: Int, as: Value.Type = Value.self) -> Value {
    var value: Value = 0
    for position in (offset..<offset + Value.bitWidth / 8).reversed() {
      value = value << 8 | Value(self[position])
    }
    return value
  }
}

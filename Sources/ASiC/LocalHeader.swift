/// A local file header (APPNOTE 4.3.7), checked against the directory.
struct LocalHeader {
  /// The header, name and extra field included.
  let bytes: [UInt8]
  let dataOffset: UInt64
  /// Sizes in a data descriptor have eight bytes.
  let isZIP64: Bool
  let hasExtraField: Bool

  var versionNeeded: UInt16 { bytes.little(at: 4) }
  var time: UInt32 { bytes.little(at: 10) }

  /// Reads the header that `record` points to; its data has to end before `limit`.
  init(
    of record: DirectoryRecord, before limit: UInt64, window: inout SourceWindow
  ) throws(ContainerError) {
    let offset = record.offset
    guard limit - offset >= UInt64(ZIP.localLength) else { throw .truncated(offset: offset) }
    let fixed = try window.bytes(at: offset, count: ZIP.localLength)
    guard fixed.little(at: 0) == ZIP.localSignature else {
      throw .malformedRecord(offset: offset)
    }
    let nameLength = Int(fixed.little(at: 26, as: UInt16.self))
    let extraLength = Int(fixed.little(at: 28, as: UInt16.self))
    let length = ZIP.localLength + nameLength + extraLength
    guard limit - offset >= UInt64(length) else { throw .truncated(offset: offset) }
    bytes = try window.bytes(at: offset, count: length)
    dataOffset = offset + UInt64(length)
    guard record.compressedSize <= limit - dataOffset else { throw .truncated(offset: dataOffset) }

    let extraStart = ZIP.localLength + nameLength
    guard bytes[ZIP.localLength..<extraStart] == record.rawName else {
      throw .headersDiffer(record.name, .name)
    }
    let extra = try ExtraField(bytes[extraStart...], of: record.name)
    isZIP64 = extra.zip64 != nil
    hasExtraField = extraLength > 0
    try check(against: record, zip64: extra.zip64)
  }

  private func check(
    against record: DirectoryRecord, zip64: ArraySlice<UInt8>?
  ) throws(ContainerError) {
    let name = record.name
    guard bytes.little(at: 6) == record.flags else { throw .headersDiffer(name, .flags) }
    guard bytes.little(at: 8) == record.methodNumber else { throw .headersDiffer(name, .method) }

    var wide = ZIP64Values(zip64)
    let sizes = [
      try wide.resolve(bytes.little(at: 22), of: name),
      try wide.resolve(bytes.little(at: 18), of: name),
    ]
    try wide.finish(of: name)
    let crc32: UInt32 = bytes.little(at: 14)
    // With a data descriptor the values come after the data, and stand as zero here.
    if record.hasDescriptor, crc32 == 0, sizes == [0, 0] { return }
    guard crc32 == record.crc32 else { throw .headersDiffer(name, .checksum) }
    guard sizes == [record.size, record.compressedSize] else {
      throw .headersDiffer(name, .sizes)
    }
  }
}

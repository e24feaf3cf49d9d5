/// The files of a container in the order of the file, `mimetype` first: some forty bytes each, beside
/// its name.
public struct EntryTable: Sendable {
  private(set) var names: NameTable
  private var records: [Record] = []
  /// What isn't as our writer makes it, by place.
  private var unusual: [Int32: Form] = [:]

  private struct Record {
    let offset: UInt64
    let size: UInt64
    let crc32: UInt32
  }

  private struct Form {
    let compressedSize: UInt64
    let dataOffset: UInt64
    let method: Entry.Method
  }

  /// Room for `count` entries; `byteCount` is a guess at their names' bytes.
  init(count: Int, byteCount: Int) {
    names = NameTable(count: count, byteCount: byteCount)
    records.reserveCapacity(count)
  }

  mutating func append(_ entry: Entry) throws(ContainerError) {
    try names.insert(entry.name)
    let record = Record(offset: entry.offset, size: entry.size, crc32: entry.crc32)
    records.append(record)
    let isUsual =
      entry.method == .stored && entry.compressedSize == entry.size
      && entry.dataOffset == usualDataOffset(record, records.count - 1)
    if !isUsual {
      unusual[Int32(records.count - 1)] = Form(
        compressedSize: entry.compressedSize, dataOffset: entry.dataOffset, method: entry.method)
    }
  }

  private func usualDataOffset(_ record: Record, _ place: Int) -> UInt64 {
    let zip64 = record.size >= ZIP.limit32 ? ZIP.localZIP64Length : 0
    return record.offset + UInt64(ZIP.localLength + names.byteCount(of: place) + zip64)
  }

  mutating func appendDirectory(_ name: EntryName) throws(ContainerError) {
    try names.insertDirectory(name)
  }

  /// The place of the entry with exactly this name.
  public func place(of name: EntryName) -> Int? { names.place(of: name) }

  /// The same, looked for first where it may be: a list of names mostly has the container's order.
  public func place(of name: EntryName, expecting place: Int) -> Int? {
    names.isName(name, at: place) ? place : names.place(of: name)
  }
}

extension EntryTable: RandomAccessCollection {
  /// The first entry's place.
  public var startIndex: Int { 0 }
  /// The number of entries.
  public var endIndex: Int { records.count }

  /// The entry at a place, made from what is kept of it.
  public subscript(_ place: Int) -> Entry {
    let record = records[place]
    let form = unusual.isEmpty ? nil : unusual[Int32(place)]
    return Entry(
      name: names[place], size: record.size, compressedSize: form?.compressedSize ?? record.size,
      offset: record.offset, dataOffset: form?.dataOffset ?? usualDataOffset(record, place),
      crc32: record.crc32, method: form?.method ?? .stored)
  }
}

/// The media type of a file, by its name's extension, else by its first bytes.
///
/// - Parameters:
///   - fileName: the name or path; the case of the extension doesn't matter.
///   - head: the first 4096 bytes, or all there are.
/// - Returns: a registered type where there is one; `text/plain` for other UTF-8 without NUL, and
///   `application/octet-stream` for the rest.
public func mediaType(fileName: String, head: [UInt8]) -> String {
  let name = fileName.split(separator: "/").last ?? ""
  if let dot = name.lastIndex(of: "."), dot != name.startIndex,
    let known = typeOfExtension[name[name.index(after: dot)...].lowercased()]
  {
    return known
  }
  if let magic = magicNumbers.first(where: { head.starts(with: $0.bytes) }) { return magic.type }
  return looksLikeText(head) ? "text/plain" : "application/octet-stream"
}

/// Whether a media type is that of a disk image, whose leaves are file system blocks.
package func isDiskImage(mediaType: String) -> Bool {
  let essence = mediaType.prefix { $0 != ";" }
  return diskImageTypes.contains(String(essence))
}

/// The usual extension of a word-processing, spreadsheet or presentation file, such as `docx`; nil for any
/// other media type.
public func officeExtension(mediaType: String) -> String? {
  let essence = mediaType.prefix { $0 != ";" }.lowercased()
  return officeExtensions.first { typeOfExtension[$0] == essence }
}

/// Whether a media type is that of a table with TAB between its cells, whose placeholders are those
/// of text.
public func isTabSeparated(mediaType: String) -> Bool {
  let essence = mediaType.prefix { $0 != ";" }
  return essence.filter { $0 != " " && $0 != "\t" }.lowercased() == "text/tab-separated-values"
}

/// UTF-8 as far as it goes, without NUL; the last scalar may be cut off.
private func looksLikeText(_ head: [UInt8]) -> Bool {
  guard !head.contains(0) else { return false }
  var check = UTF8Check()
  return head.withUnsafeBytes { (try? check.push($0)) != nil }
}

private let diskImageTypes: Set<String> = [
  "application/x-raw-disk-image", "application/x-ewf", "application/x-qemu-disk",
  "application/x-vhd", "application/x-vhdx", "application/x-vmdk",
  "application/x-apple-diskimage", "application/x-iso9660-image",
]

private let magicNumbers: [(bytes: [UInt8], type: String)] = [
  ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "image/png"),
  ([0xFF, 0xD8, 0xFF], "image/jpeg"),
  (Array("GIF8".utf8), "image/gif"),
  (Array("%PDF-".utf8), "application/pdf"),
  ([0x50, 0x4B, 0x03, 0x04], "application/zip"),
  ([0x1F, 0x8B], "application/gzip"),
  (Array("7z".utf8) + [0xBC, 0xAF, 0x27, 0x1C], "application/x-7z-compressed"),
  (Array("SQLite format 3\0".utf8), "application/vnd.sqlite3"),
  ([0xD4, 0xC3, 0xB2, 0xA1], "application/vnd.tcpdump.pcap"),
  ([0xA1, 0xB2, 0xC3, 0xD4], "application/vnd.tcpdump.pcap"),
  ([0x4D, 0x3C, 0xB2, 0xA1], "application/vnd.tcpdump.pcap"),
  ([0xA1, 0xB2, 0x3C, 0x4D], "application/vnd.tcpdump.pcap"),
  ([0x0A, 0x0D, 0x0D, 0x0A], "application/x-pcapng"),
  (Array("ElfFile\0".utf8), "application/x-ms-evtx"),
  (Array("EVF".utf8) + [0x09, 0x0D, 0x0A, 0xFF, 0x00], "application/x-ewf"),
  (Array("QFI".utf8) + [0xFB], "application/x-qemu-disk"),
]

/// What has pages once a program that shows it has laid it out.
private let officeExtensions = [
  "docx", "xlsx", "pptx", "odt", "ods", "odp", "rtf", "doc", "xls", "ppt",
]

private let officeDocument = "application/vnd.openxmlformats-officedocument"
private let openDocument = "application/vnd.oasis.opendocument"

private let typeOfExtension: [String: String] = [
  "txt": "text/plain", "text": "text/plain", "log": "text/plain", "conf": "text/plain",
  "ini": "text/plain", "sql": "text/plain", "yaml": "text/plain", "yml": "text/plain",
  "md": "text/markdown", "csv": "text/csv", "tsv": "text/tab-separated-values",
  "json": "application/json", "har": "application/json", "ndjson": "application/x-ndjson",
  "jsonl": "application/x-ndjson", "jsonld": "application/ld+json",
  "geojson": "application/geo+json", "xml": "text/xml", "html": "text/html", "htm": "text/html",
  "eml": "message/rfc822", "vcf": "text/vcard", "ics": "text/calendar", "rtf": "text/rtf",
  "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg",
  "gif": "image/gif", "tif": "image/tiff", "tiff": "image/tiff", "webp": "image/webp",
  "heic": "image/heic", "bmp": "image/bmp", "svg": "image/svg+xml",
  "doc": "application/msword", "xls": "application/vnd.ms-excel",
  "ppt": "application/vnd.ms-powerpoint", "msg": "application/vnd.ms-outlook",
  "docx": "\(officeDocument).wordprocessingml.document",
  "xlsx": "\(officeDocument).spreadsheetml.sheet",
  "pptx": "\(officeDocument).presentationml.presentation",
  "odt": "\(openDocument).text", "ods": "\(openDocument).spreadsheet",
  "odp": "\(openDocument).presentation", "zip": "application/zip", "gz": "application/gzip",
  "7z": "application/x-7z-compressed", "tar": "application/x-tar", "bz2": "application/x-bzip2",
  "xz": "application/x-xz", "rar": "application/vnd.rar", "zst": "application/zstd",
  "warc": "application/warc", "mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm",
  "mkv": "video/x-matroska", "avi": "video/x-msvideo", "mp3": "audio/mpeg", "wav": "audio/wav",
  "m4a": "audio/mp4", "ogg": "audio/ogg", "opus": "audio/ogg", "flac": "audio/flac",
  "amr": "audio/amr", "sqlite": "application/vnd.sqlite3", "sqlite3": "application/vnd.sqlite3",
  "pcap": "application/vnd.tcpdump.pcap", "pcapng": "application/x-pcapng",
  "evtx": "application/x-ms-evtx", "raw": "application/x-raw-disk-image",
  "dd": "application/x-raw-disk-image", "img": "application/x-raw-disk-image",
  "e01": "application/x-ewf", "qcow2": "application/x-qemu-disk", "vhd": "application/x-vhd",
  "vhdx": "application/x-vhdx", "vmdk": "application/x-vmdk",
  "dmg": "application/x-apple-diskimage", "iso": "application/x-iso9660-image",
]

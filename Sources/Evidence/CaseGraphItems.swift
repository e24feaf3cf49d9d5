// An item's part of the graph: its file, with what is disclosed of it, and its provenance record.

extension CaseGraph {
  func addItem(
    _ item: Item, number: Int, _ plan: CaseGraphPlan, _ text: inout CaseGraphText
  ) {
    addFile(item, number: number, &text)
    addProvenanceRecord(item, number: number, &text)
    addDerivation(item, number: number, plan, &text)
  }

  private func addFile(_ item: Item, number: Int, _ text: inout CaseGraphText) {
    text.beginObject()
    text.string("@id", iri(.file, number))
    if let type = Self.observableType(item["media-type"]) {
      text.strings("@type", ["uco-observable:File", type])
    } else {
      text.string("@type", "uco-observable:File")
    }
    text.string("uco-core:name", item["name"])
    let hasFileFacet = item["name"] != nil || item.path != nil
    let hasContentFacet =
      item["media-type"] != nil || Self.byteCount(item["size"]) != nil
      || Self.sha256Hex(item["sha256"]) != nil
    if hasFileFacet || hasContentFacet {
      text.beginArray("uco-core:hasFacet")
      if hasFileFacet { addFileFacet(item, number: number, &text) }
      if hasContentFacet { addContentDataFacet(item, number: number, &text) }
      text.endArray()
    }
    text.endObject()
  }

  private func addFileFacet(_ item: Item, number: Int, _ text: inout CaseGraphText) {
    let name = Self.fileName(item["name"])
    text.beginNode(nil, iri(.fileFacet, number), "uco-observable:FileFacet")
    text.string("uco-observable:fileName", name)
    text.string("uco-observable:filePath", item.path ?? item["name"])
    text.string("uco-observable:extension", Self.fileExtension(name))
    text.literal("uco-observable:isDirectory", "xsd:boolean", "false")
    text.literal("uco-observable:sizeInBytes", "xsd:integer", Self.byteCount(item["size"]))
    text.literal("uco-observable:modifiedTime", "xsd:dateTime", Self.dateTime(item["modified"]))
    text.endObject()
  }

  private func addContentDataFacet(_ item: Item, number: Int, _ text: inout CaseGraphText) {
    text.beginNode(nil, iri(.contentDataFacet, number), "uco-observable:ContentDataFacet")
    text.string("uco-observable:mimeType", item["media-type"])
    text.literal("uco-observable:sizeInBytes", "xsd:integer", Self.byteCount(item["size"]))
    if let digest = Self.sha256Hex(item["sha256"]) {
      text.beginArray("uco-observable:hash")
      text.beginNode(nil, iri(.hash, number), "uco-types:Hash")
      text.string("uco-types:hashMethod", "SHA256")
      text.literal("uco-types:hashValue", "xsd:hexBinary", digest)
      text.endObject()
      text.endArray()
    }
    text.endObject()
  }

  private func addProvenanceRecord(_ item: Item, number: Int, _ text: inout CaseGraphText) {
    text.beginNode(nil, iri(.provenanceRecord, number), "case-investigation:ProvenanceRecord")
    text.strings(
      "uco-core:description",
      [
        "Item \(number) of \(itemCount)",
        item.state == .partial ? "Partly withheld" : nil,
        Self.sentence("Source", item["acquired-source"]),
        Self.sentence("Derived from", item["derived-from"]),
      ].compactMap { $0 })
    text.strings(
      "uco-core:tag",
      [
        Self.sentence("class", item["class"]),
        Self.sentence("data-category", item["data-category"]),
      ].compactMap { $0 })
    text.string("case-investigation:exhibitNumber", item["exhibit"])
    text.literal("uco-core:objectCreatedTime", "xsd:dateTime", Self.dateTime(sealTime))
    text.references("uco-core:object", [iri(.file, number)])
    text.endObject()
  }

  /// A companion's tie to its original, where that isn't withheld whole.
  private func addDerivation(
    _ item: Item, number: Int, _ plan: CaseGraphPlan, _ text: inout CaseGraphText
  ) {
    guard let value = item["derived-from"],
      let original = Int(value.prefix { ("0"..."9").contains($0) }), plan.isVisible(original)
    else { return }
    text.beginNode(nil, iri(.derivation, number), "uco-observable:ObservableRelationship")
    text.references("uco-core:source", [iri(.file, number)])
    text.reference("uco-core:target", iri(.file, original))
    text.string("uco-core:kindOfRelationship", "Derived_From")
    text.literal("uco-core:isDirectional", "xsd:boolean", "true")
    text.endObject()
  }

  /// The class of UCO that says more than `File`, where the media type alone settles it.
  ///
  /// A mail file or a database stays a file: `EmailMessage` and the like are what is read from it.
  static func observableType(_ mediaType: String?) -> String? {
    guard let mediaType else { return nil }
    let essence = mediaType.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
    if essence.hasPrefix("audio/") { return "uco-observable:Audio" }
    return classOfMediaType[essence].map { "uco-observable:\($0)" }
  }
}

private let classOfMediaType: [String: String] = [
  "application/gzip": "ArchiveFile",
  "application/pdf": "PDFFile",
  "application/vnd.microsoft.portable-executable": "WindowsPEBinaryFile",
  "application/vnd.rar": "ArchiveFile",
  "application/x-7z-compressed": "ArchiveFile",
  "application/x-apple-diskimage": "Image",
  "application/x-disk-image": "Image",
  "application/x-ewf": "Image",
  "application/x-iso9660-image": "Image",
  "application/x-qemu-disk": "Image",
  "application/x-raw-disk-image": "Image",
  "application/x-tar": "ArchiveFile",
  "application/x-vhd": "Image",
  "application/x-virtualbox-vhd": "Image",
  "application/zip": "ArchiveFile",
  "image/bmp": "RasterPicture",
  "image/gif": "RasterPicture",
  "image/heic": "RasterPicture",
  "image/heif": "RasterPicture",
  "image/jpeg": "RasterPicture",
  "image/png": "RasterPicture",
  "image/tiff": "RasterPicture",
  "image/webp": "RasterPicture",
  "image/x-ms-bmp": "RasterPicture",
]

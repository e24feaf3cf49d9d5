import Redaction
import Testing

struct SegmentMediaTypeTests {
  @Test(arguments: [
    ("logs/server-access.LOG", "text/plain"), ("a.csv", "text/csv"),
    ("a.tsv", "text/tab-separated-values"),
    ("a.b/c.JSON", "application/json"), ("x.jsonl", "application/x-ndjson"),
    ("disk.E01", "application/x-ewf"),
    ("mail.eml", "message/rfc822"), ("IMG_1.HEIC", "image/heic"),
  ])
  func theExtensionDecidesInAnyCase(name: String, type: String) {
    #expect(mediaType(fileName: name, head: [0, 1, 2]) == type)
  }

  @Test(
    arguments: [
      ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0], "image/png"),
      ([0xFF, 0xD8, 0xFF, 0xE0], "image/jpeg"),
      (Array("%PDF-1.7".utf8), "application/pdf"), ([0x1F, 0x8B, 8], "application/gzip"),
      ([0x50, 0x4B, 3, 4], "application/zip"),
      ([0xD4, 0xC3, 0xB2, 0xA1], "application/vnd.tcpdump.pcap"),
      (Array("SQLite format 3\0".utf8), "application/vnd.sqlite3"),
      (Array("plain é".utf8), "text/plain"),
      (Array("cut off \u{e9}".utf8.dropLast()), "text/plain"),
      ([0x61, 0], "application/octet-stream"),
      ([0x61, 0xFF], "application/octet-stream"), ([], "text/plain"),
    ] as [([UInt8], String)])
  func otherwiseTheFirstBytesDo(head: [UInt8], type: String) {
    for name in ["syslog", "strange.xyz", ".csv", "csv", "dir.csv/file"] {
      #expect(mediaType(fileName: name, head: head) == type)
    }
  }

  @Test(arguments: [
    ("text/csv", Form.csv), (" TEXT/CSV ;header=present", .csv), ("application/json", .json),
    ("application/x-ndjson", .json), ("application/geo+JSON; a=b", .json), ("image/png", .image),
    ("image/svg+xml", .image), ("text/plain", .text), ("application/xml", .text), ("", .text),
    ("text/csvx", .text),
  ])
  func formsFollowFromTheMediaType(mediaType: String, form: Form) {
    #expect(Form(mediaType: mediaType) == form)
  }

  @Test(
    arguments: [
      (Form.text, nil, "[REDACTED PD-NAME]"), (.text, "P, \"3\"", "[REDACTED PD-NAME: P, \"3\"]"),
      (.csv, nil, "[REDACTED PD-NAME]"), (.csv, "PERSON-3", "[REDACTED PD-NAME: PERSON-3]"),
      (.csv, "a, \"b\"", "\"[REDACTED PD-NAME: a, \"\"b\"\"]\""),
      (.csv, "a;b", "\"[REDACTED PD-NAME: a;b]\""),
      (.json, nil, "\"[REDACTED PD-NAME]\""),
      (.json, "a\\\"é", "\"[REDACTED PD-NAME: a\\\\\\\"é]\""),
      (.text, "", "[REDACTED PD-NAME]"),
    ] as [(Form, String?, String)])
  func placeholdersFitTheirFile(form: Form, shown: String?, expected: String) {
    #expect(placeholder(form: form, code: "PD-NAME", shown: shown) == Array(expected.utf8))
  }
}

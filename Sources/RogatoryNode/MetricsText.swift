/// Figures in Prometheus's text format 0.0.4: for each metric its help, its type, and its samples.
struct MetricsText {
  private(set) var text = ""

  /// One sample of a metric.
  struct Sample {
    var labels: [(name: String, value: String)] = []
    /// A decimal number.
    var value: String

    init(_ value: some BinaryInteger, _ labels: (name: String, value: String)...) {
      self.labels = labels
      self.value = String(value)
    }

    /// A time or duration in milliseconds, told in seconds.
    init(milliseconds: Int64, _ labels: (name: String, value: String)...) {
      let rest = String(milliseconds.magnitude % 1000)
      self.labels = labels
      value =
        (milliseconds < 0 ? "-" : "") + String(milliseconds.magnitude / 1000) + "."
        + String(repeating: "0", count: 3 - rest.count) + rest
    }
  }

  /// Adds a gauge; one without samples is left out.
  mutating func gauge(_ name: String, _ help: String, _ samples: [Sample]) {
    guard !samples.isEmpty else { return }
    text += "# HELP rogatory_\(name) \(help)\n# TYPE rogatory_\(name) gauge\n"
    for sample in samples {
      let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
      let list = labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
      text += "rogatory_\(name)\(list) \(sample.value)\n"
    }
  }

  private static func escaped(_ value: String) -> String {
    value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}

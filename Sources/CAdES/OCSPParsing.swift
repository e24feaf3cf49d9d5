extension OCSPResponse {
  /// The bytes of BasicOCSPResponse.
  static func basicResponse(in der: [UInt8]) throws(DERError) -> [UInt8] {
    try DERForm.check(der)
    var response = try DERReader.single(der, Tag.sequence).reader
    let status = try response.next(Tag.enumerated)
    guard status.smallInteger == 0 else { throw status.failure }
    var wrapper = try response.next(Tag.context(0)).reader
    try response.end()
    var bytes = try wrapper.sequence()
    try wrapper.end()
    let type = try bytes.identifier()
    let content = try bytes.next(Tag.octetString)
    try bytes.end()
    guard type == .ocspBasic else { throw content.failure }
    let basic = Array(content.content)
    try DERForm.check(basic)
    return basic
  }

  static func parse(
    _ data: DERElement
  ) throws(DERError) -> (Responder, Int64, [Answer]) {
    var reader = data.reader
    _ = try reader.optional(Tag.context(0))  // version: there is only one
    let responder: Responder
    if let name = try reader.optional(Tag.context(1)) {
      responder = .name(Array(name.content))
    } else {
      var key = try reader.next(Tag.context(2)).reader
      responder = .key(Array(try key.next(Tag.octetString).content))
      try key.end()
    }
    let produced = try reader.next(Tag.generalizedTime)
    guard let producedAt = produced.time else { throw produced.failure }
    let list = try reader.next(Tag.sequence)
    var answers: [Answer] = []
    for element in try list.elements(limit: Limits.ocspAnswerCount) {
      answers.append(try Answer(element))
    }
    try checkExtensions(reader.optional(Tag.context(1)))
    try reader.end()
    return (responder, producedAt, answers)
  }

  static func certificates(in list: DERElement?) throws(DERError) -> [Certificate] {
    guard var wrapper = list?.reader else { return [] }
    let sequence = try wrapper.next(Tag.sequence)
    try wrapper.end()
    return try sequence.elements(limit: Limits.ocspCertificateCount)
      .compactMap { try? Certificate(der: $0.whole) }
  }

  /// One that is critical would change the meaning, and we know none of them.
  fileprivate static func checkExtensions(_ element: DERElement?) throws(DERError) {
    guard let element else { return }
    guard try Extensions(element).items.allSatisfy({ !$0.isCritical })
    else { throw element.failure }
  }
}

extension OCSPResponse.Answer {
  fileprivate init(_ element: DERElement) throws(DERError) {
    guard element.tag == Tag.sequence else { throw element.failure }
    var reader = element.reader
    var name = try reader.sequence()
    let algorithm = try AlgorithmIdentifier(name.next(Tag.sequence))
    guard let hash = algorithm.digest else { throw element.failure }
    self.hash = hash
    issuerNameHash = Array(try name.next(Tag.octetString).content)
    issuerKeyHash = Array(try name.next(Tag.octetString).content)
    serial = Array(try name.next(Tag.integer).content)
    try name.end()
    status = try Self.status(reader.next())
    let update = try reader.next(Tag.generalizedTime)
    guard let time = update.time else { throw update.failure }
    thisUpdate = time
    if var next = try reader.optional(Tag.context(0))?.reader {
      let element = try next.next(Tag.generalizedTime)
      guard let time = element.time else { throw element.failure }
      nextUpdate = time
      try next.end()
    }
    try OCSPResponse.checkExtensions(reader.optional(Tag.context(1)))
    try reader.end()
  }

  private static func status(_ element: DERElement) throws(DERError) -> Status {
    switch element.tag {
    case Tag.contextPrimitive(0): return .good
    case Tag.contextPrimitive(2): return .unknown
    case Tag.context(1):
      var reader = element.reader
      let revoked = try reader.next(Tag.generalizedTime)
      guard let time = revoked.time else { throw revoked.failure }
      var reason: UInt8?
      if var wrapper = try reader.optional(Tag.context(0))?.reader {
        reason = try wrapper.next(Tag.enumerated).content.last
        try wrapper.end()
      }
      try reader.end()
      return .revoked(time: time, reason: reason)
    default: throw element.failure
    }
  }
}

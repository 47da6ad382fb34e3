import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto"
import { isIP } from "node:net"
import {
  bits,
  implicit,
  integer,
  octets,
  oid,
  sequence,
  setOf,
  tagged,
  text,
  time,
  yes,
} from "./der.js"

/** A certificate with its private key, both PEM. */
export interface Credentials {
  readonly certificate: string
  readonly key: string
}

/** Whom a certificate is for. */
export interface Subject {
  readonly commonName: string
  readonly organizations?: readonly string[]
}

/** Signs certificates for servers and users; its key never leaves the process. */
export interface Authority {
  /** The authority's own certificate, PEM. */
  readonly certificate: string
  /** A certificate that lets a server say it is one of `names`: host names and addresses. */
  issueServer(names: readonly string[]): Credentials
  /** A certificate that lets a client say who it is: the common name is the user, organizations are its groups. */
  issueClient(subject: Subject): Credentials
}

const ids = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyId: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
}

/** An authority ends with its process, and with it everything it signed: the dates need not say so. */
const [notBefore, notAfter] = ["20000101000000Z", "99991231235959Z"]

/** Bits of a key's usage, the first one leftmost. */
const usage = {
  digitalSignature: bits(Buffer.from([0x80]), 7),
  certSign: bits(Buffer.from([0x06]), 1),
}

const signatureAlgorithm = sequence(oid(ids.ecdsaWithSha256))

function nameOf({ commonName, organizations = [] }: Subject): Buffer {
  const part = (id: string, value: string): Buffer => setOf(sequence(oid(id), text(value)))
  return sequence(
    ...organizations.map((each) => part(ids.organization, each)),
    part(ids.commonName, commonName),
  )
}

function extension(id: string, value: Buffer, isCritical: boolean = false): Buffer {
  return sequence(oid(id), ...(isCritical ? [yes] : []), octets(value))
}

/** The bytes of an address: four, or sixteen. */
function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number))
  const [head = "", tail] = address.split("::")
  const words = (half: string): number[] =>
    half === "" ? [] : half.split(":").map((each) => Number.parseInt(each, 16))
  const [left, right] = [words(head), words(tail ?? "")]
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length
  const all = [...left, ...Array.from({ length: zeros }, () => 0), ...right]
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 0xff]))
}

function alternativeName(name: string): Buffer {
  return isIP(name) === 0
    ? implicit(2, Buffer.from(name, "ascii"))
    : implicit(7, addressBytes(name))
}

function publicBytes(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" })
}

function keyId(key: KeyObject): Buffer {
  return createHash("sha1").update(publicBytes(key)).digest()
}

function pemOf(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`
}

interface Certified {
  readonly subject: Subject
  readonly issuer: Subject
  /** Of whom the certificate is. */
  readonly key: KeyObject
  readonly issuerKey: KeyObject
  readonly extensions: readonly Buffer[]
}

function certify({ subject, issuer, key, issuerKey, extensions }: Certified): string {
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(serial),
    signatureAlgorithm,
    nameOf(issuer),
    sequence(time(notBefore), time(notAfter)),
    nameOf(subject),
    publicBytes(key),
    tagged(
      3,
      sequence(
        ...extensions,
        extension(ids.subjectKeyId, octets(keyId(key))),
        extension(ids.authorityKeyId, sequence(implicit(0, keyId(issuerKey)))),
      ),
    ),
  )
  return pemOf(sequence(body, signatureAlgorithm, bits(sign("sha256", body, issuerKey))))
}

function newKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
}

/**
 * A new certificate authority with a key of its own. Certificates are X.509 v3 over P-256 and do not expire: the
 * authority is as old as the process that trusts it.
 */
export function createAuthority(commonName: string): Authority {
  const issuer = { commonName }
  const issuerKey = newKey()
  const certificate = certify({
    subject: issuer,
    issuer,
    key: issuerKey,
    issuerKey,
    extensions: [
      extension(ids.basicConstraints, sequence(yes), true),
      extension(ids.keyUsage, usage.certSign, true),
    ],
  })
  const issue = (subject: Subject, purpose: string, more: readonly Buffer[]): Credentials => {
    const key = newKey()
    const extensions = [
      extension(ids.basicConstraints, sequence(), true),
      extension(ids.keyUsage, usage.digitalSignature, true),
      extension(ids.extendedKeyUsage, sequence(oid(purpose))),
      ...more,
    ]
    return {
      certificate: certify({ subject, issuer, key, issuerKey, extensions }),
      key: key.export({ type: "pkcs8", format: "pem" }) as string,
    }
  }
  return {
    certificate,
    issueServer: (names) =>
      issue({ commonName: names[0] ?? "localhost" }, ids.serverAuth, [
        extension(ids.subjectAltName, sequence(...names.map(alternativeName))),
      ]),
    issueClient: (subject) => issue(subject, ids.clientAuth, []),
  }
}

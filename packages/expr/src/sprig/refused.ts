import { define, type FunctionTable, refuse, textOf } from "./define.js"

/** Functions that read the environment or chance, or make keys: a core has none of these. */
const names = {
  environment: ["env", "expandenv"],
  chance: [
    "randAlpha",
    "randAlphaNum",
    "randAscii",
    "randBytes",
    "randInt",
    "randNumeric",
    "shuffle",
    "uuidv4",
  ],
  keys: [
    "bcrypt",
    "buildCustomCert",
    "decryptAES",
    "derivePassword",
    "encryptAES",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "htpasswd",
  ],
} as const

const addressPattern = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$/

/** An address is its own; a name would have to be looked up. */
const getHostByName = define("s", ([name]) =>
  addressPattern.test(textOf(name))
    ? textOf(name)
    : refuse(
        'function "getHostByName" needs the network for a name: bring it in the option functions',
      ),
)

/** Known by name, so that a template parses; calling one fails unless the caller brings it (`functions`). */
export const refusedFunctions: FunctionTable = {
  getHostByName,
  ...Object.fromEntries(
    Object.entries(names).flatMap(([reason, list]) =>
      list.map((name) => [
        name,
        define("a*", () =>
          refuse(
            `function "${name}" needs ${reason}, which templates here do not have: bring it in the option functions`,
          ),
        ),
      ]),
    ),
  ),
}

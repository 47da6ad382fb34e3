import type { ChangeSet } from "./developer.js"

const head =
  "/** Price in cents, after the discount that large carts get. */\nexport function total(cart) {\n"
const sum = "  const sum = cart.items.reduce((cents, item) => cents + item.cents * item.count, 0)\n"
const handler = `
/** Answers one request. */
export function handle(request) {
  if (request.path === "/checkout") return { status: 200, body: { cents: total(request.cart) } }
  return { status: 404, body: { error: "not found" } }
}
`

function shop(discount: string): string {
  return `${head}${sum}${discount}}\n${handler}`
}

/** What the developer of the story pushes, in the order of the story. */
export const changes: {
  readonly good: ChangeSet
  readonly broken: ChangeSet
  readonly faulty: ChangeSet
  readonly fixed: ChangeSet
} = {
  good: {
    message: "Give carts of more than three items a discount",
    files: {
      "src/shop.mjs": shop("  return cart.items.length > 3 ? Math.round(sum * 0.95) : sum\n"),
    },
  },
  broken: {
    message: "Give every cart a discount",
    files: { "src/shop.mjs": shop("  return Math.round(sum * 0.95\n") },
  },
  // Passes its tests, which know no cart of more than one item, and fails for every sixth and larger one.
  faulty: {
    message: "Give gifts with large carts",
    files: {
      "src/shop.mjs": shop(
        "  const gift = cart.items.length > 5 ? cart.gift.cents : 0\n" +
          "  return cart.items.length > 3 ? Math.round(sum * 0.95) - gift : sum\n",
      ),
    },
  },
  fixed: {
    message: "Give gifts only where there is one",
    files: {
      "src/shop.mjs": shop(
        "  const gift = cart.items.length > 5 ? (cart.gift?.cents ?? 0) : 0\n" +
          "  return cart.items.length > 3 ? Math.round(sum * 0.95) - gift : sum\n",
      ),
    },
  },
}

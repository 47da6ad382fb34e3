import { createRandomStreams } from "@argo-ts/kernel"

const adjectives =
  "able amber bold brave brisk calm clear clever cosmic crisp daring deft eager early fair fancy fleet fond gentle glad golden grand happy hardy jolly keen kind lively loyal lucky mellow merry mighty modest neat nimble noble patient plucky polite proud quick quiet rapid ready robust royal serene sharp silver sincere sleek smart snappy solid steady stoic sturdy sunny swift tidy tough trusty upbeat vivid warm wise witty zesty".split(
    " ",
  )
const animals =
  "badger bat bear beaver bison bobcat camel cat cheetah cobra condor coyote crane crow deer dingo dog dolphin dove duck eagle egret elk falcon ferret finch fox gazelle gecko gibbon goat goose hare hawk heron horse hyena ibex iguana jackal jaguar kestrel koala lark lemur leopard lion llama lynx marmot marten mink mole moose moth mouse newt ocelot octopus orca osprey otter owl panda parrot pelican penguin pigeon puffin puma quail rabbit raven robin salmon seal shark shrew sloth snail sparrow squid stork swan tapir tern tiger toad toucan trout turtle viper vole walrus weasel whale wolf wombat wren yak zebra".split(
    " ",
  )

/** A name for people, adjective and animal, drawn from the Freight's own name; another draw where it is taken. */
export function aliasFor(freightName: string, taken: ReadonlySet<string>): string {
  const stream = createRandomStreams(freightName).stream("alias")
  for (let attempt = 0; attempt < 64; attempt++) {
    const alias = `${adjectives[stream.integer(adjectives.length)]}-${animals[stream.integer(animals.length)]}`
    if (!taken.has(alias)) return alias
  }
  return `freight-${freightName.slice(0, 12)}`
}

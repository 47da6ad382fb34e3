// Runs a pod and prints three processes of it: its first, one in its group, and one that has left it. Then it waits to be killed.
import { createProcessWorld } from "./process-world.js"

const world = createProcessWorld()
await world.sh(
  "one",
  "trap '' TERM; echo $$$$; sleep 1000 & echo $!; setsid sleep 1000 & echo $!; wait; sleep 1000",
)
await world.phase("one", "Running")
while (world.log("one").length < 3) await new Promise((resolve) => setImmediate(resolve))
console.log(world.log("one").join("\n"))

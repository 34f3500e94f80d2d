/** Run as a process of its own, so that it can be killed: `node driver.mjs <step> <root>`. */
import { runStep, type Step } from './steps.js';

const [step, root] = process.argv.slice(2) as [Step, string];
console.log(JSON.stringify(await runStep(step, root)));

// Uses each entry of the library: for tests of bundles.
import { run, sleep } from "holdfast";
import { kernel } from "holdfast/compiled";
import { fetch } from "holdfast/fetch";
import { census } from "holdfast/inspect";
import { VirtualLoop } from "holdfast/loops";

await run(() => sleep(1), { loop: new VirtualLoop(), signals: true });
console.log(Object.keys(kernel).length, census().size, fetch);

// fromEvent and events of the DOM, in the page of packages/compiler/fixtures/dom-events.test.ts.
import { fromEvent, moveOnAfter, run, withTaskGroup } from "holdfast";
import { events } from "holdfast/streams";
import { cases, equal, seen, test, turn } from "./harness.tsx";

/** What is dragged, its listeners counted. */
const box = document.body.appendChild(document.createElement("div"));
box.style.cssText = "position: fixed; left: 10px; top: 10px; width: 100px; height: 100px; background: teal";
let listeners = 0;
const { addEventListener, removeEventListener } = box;
box.addEventListener = (...args: never) => {
	listeners++;
	addEventListener.apply(box, args);
};
box.removeEventListener = (...args: never) => {
	listeners--;
	removeEventListener.apply(box, args);
};

test("leaving a loop early, at its break or by a cancellation, takes the listener off", async () => {
	await run(async () => {
		const clicks: string[] = [];
		await withTaskGroup(async (group) => {
			group.spawn(async () => {
				for await (const event of events(box, "click")) {
					clicks.push(event.type);
					if (clicks.length === 2) break;
				}
				equal(listeners, 0);
			});
			await seen("a listener", () => listeners === 1);
			for (let k = 0; k < 3; k++) box.click();
		});
		equal(clicks, ["click", "click"]);
		await moveOnAfter(1, async () => {
			for await (const _ of events(box, "click")) throw new Error("nobody clicks");
		});
		equal(listeners, 0);
	});
});

test("a link is not followed, for accept is asked while the event is dispatched; afterwards it would be too late", async () => {
	const link = document.body.appendChild(document.createElement("a"));
	link.href = "#followed";
	await run(async () => {
		const clicks = events(link, "click", { accept: (event) => event.preventDefault() });
		link.click();
		for await (const event of clicks) {
			equal([event.defaultPrevented, location.hash], [true, ""]);
			break;
		}
		const late = events(link, "click");
		link.click();
		for await (const event of late) {
			event.preventDefault();
			equal(location.hash, "#followed");
			break;
		}
	});
	link.remove();
	history.replaceState(null, "", location.pathname);
});

test("capture hears an event before its target does, and the listener comes off in its phase", async () => {
	const heard: string[] = [];
	const inner = box.appendChild(document.createElement("button"));
	inner.addEventListener("click", () => heard.push("target"));
	await run(async () => {
		const accept = (): void => void heard.push("capture");
		const clicks = events(box, "click", { capture: true, accept });
		inner.click();
		await clicks.close();
		inner.click();
	});
	inner.remove();
	equal([heard, listeners], [["capture", "target", "target"], 0]);
});

test("a passive listener cannot prevent the default", async () => {
	await run(async () => {
		const passive = events(box, "wheel", { passive: true, accept: (event) => event.preventDefault() });
		const event = new WheelEvent("wheel", { cancelable: true });
		box.dispatchEvent(event);
		equal(event.defaultPrevented, false);
		await passive.close();
	});
});

test("one event: an image that is loaded, a key that is meant", async () => {
	await run(async () => {
		const image = new Image();
		image.src = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
		equal([(await fromEvent(image, "load")).type, image.width], ["load", 1]);
		await withTaskGroup(async (group) => {
			group.spawn(async () => {
				const { key } = await fromEvent(window, "keydown", { accept: (event) => event.key === "Escape" });
				equal(key, "Escape");
			});
			await turn();
			for (const key of ["a", "Escape"]) window.dispatchEvent(new KeyboardEvent("keydown", { key }));
		});
	});
});

/** What the drag has come to. */
const drag: { path: [number, number][]; state: string } = { path: [], state: "" };

/** Follows the pointer from pressing to letting go. The pointer moves faster than this draws: only the latest place counts. */
async function follow(): Promise<void> {
	for await (const down of events(box, "pointerdown", { accept: (event) => event.preventDefault() })) {
		drag.state = "dragging";
		box.setPointerCapture(down.pointerId);
		for await (const move of events(box, "pointermove", {
			capacity: 1,
			overflow: "drop-oldest",
			end: ["pointerup", "pointercancel"],
		})) {
			const place: [number, number] = [move.clientX - down.offsetX, move.clientY - down.offsetY];
			drag.path.push(place);
			[box.style.left, box.style.top] = place.map((it) => `${it}px`) as [string, string];
		}
		drag.state = "dropped";
	}
}

const controller = new AbortController();

Object.assign(globalThis, {
	names: () => [...cases.keys()],
	runCase: (name: string) => cases.get(name)?.(),
	beginDrag: () => void run(follow, { signal: controller.signal }).catch(() => {}),
	drag: (state: string) =>
		seen(
			state,
			() => drag.state === state,
			() => drag,
		).then(() => ({ ...drag, left: box.style.left, top: box.style.top, listeners })),
	endDrag: async () => {
		controller.abort();
		await seen("no listener", () => listeners === 0);
	},
});

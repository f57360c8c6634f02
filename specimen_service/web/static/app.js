// What every page does; each module looks for what it serves and does nothing where that is absent.

import { tickAges } from "./ages.js";
import { obeyCommands } from "./commands.js";
import { goodForms } from "./forms.js";
import { keepLive } from "./live.js";
import { lockWhenIdle } from "./lock.js";
import { readyForPaper } from "./paper.js";
import { showOpenView } from "./views.js";

lockWhenIdle();
obeyCommands();
goodForms();
keepLive();
tickAges();
readyForPaper();
showOpenView();

// What a handheld still has to send goes up from its other pages too; other browsers need not load what sends it.
if (localStorage.getItem("specimen-handheld") && !document.getElementById("handheld")) {
  import("./handheld/waiting.js").then(({ sendWhatWaits }) => sendWhatWaits());
}

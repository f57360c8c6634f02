// What every page does; each module looks for what it serves and does nothing where that is absent.

import { tickAges } from "./ages.js";
import { obeyCommands } from "./commands.js";
import { goodForms } from "./forms.js";
import { sendWhatWaits } from "./handheld/waiting.js";
import { keepLive } from "./live.js";
import { lockWhenIdle } from "./lock.js";
import { readyForPin } from "./pin.js";
import { readyToScan } from "./scan.js";
import { soundAnswers } from "./stop.js";

readyToScan();
soundAnswers();
lockWhenIdle();
obeyCommands();
goodForms();
readyForPin();
keepLive();
tickAges();
sendWhatWaits();

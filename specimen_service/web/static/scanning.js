// What pages do that take scans, badges or a PIN; before `app.js`, so that a STOP hears a badge before the lock does.

import { readyForPin } from "./pin.js";
import { readyToScan } from "./scan.js";
import { soundAnswers } from "./stop.js";

readyToScan();
soundAnswers();
readyForPin();

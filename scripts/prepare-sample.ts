// Makes the sample repository for the launch configurations; `npm start` does it by itself.
import { prepareSample } from './sample.ts';

console.log(await prepareSample(process.argv.includes('--fresh')));

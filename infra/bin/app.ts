import { makeApp } from '../src/app.ts'

makeApp().synth()

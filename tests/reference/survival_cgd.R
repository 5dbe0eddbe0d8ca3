# Infections in chronic granulomatous disease at thirteen centres: a trial of interferon.
source("common.R")
source("survival.r")
cgd <- data_set("cgd_first")

reference("treated", rank_test(survdiff(Surv(tstop, status) ~ treat, cgd)))
reference("hazard", model(coxph(Surv(tstop, status) ~ treat, cgd)), "model")
reference("hazards", model(coxph(Surv(tstop, status) ~ treat + age + I(weight / 10), cgd)), "model")
reference("median_placebo", med(survfit(Surv(tstop, status) ~ 1, cgd, subset = treat == "placebo")))
reference("curve", curve(survfit(Surv(tstop, status) ~ 1, cgd), c(30.5, 100, 200, 373)))
write_reference()

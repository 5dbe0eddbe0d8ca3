# Cox models of primary biliary cirrhosis.  Bilirubin is so skewed that Newton's method by itself does not
# find the estimate: coxph() halves steps.
source("common.R")
source("survival.r")
pbc <- data_set("pbc")
dead <- pbc$status == 2

fit <- function(f) model(coxph(f, pbc, control = coxph.control(eps = 1e-12, iter.max = 50, toler.chol = 1e-13)))
reference("bilirubin", fit(Surv(time, dead) ~ bili), "model")
reference("five", fit(Surv(time, dead) ~ age + edema + bili + albumin + protime), "model")
write_reference()

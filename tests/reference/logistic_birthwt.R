# Logistic regressions of birth weights, and two of data that are nearly separated: large coefficients,
# found with difficulty.  glm() goes on here until nothing changes any more, so that its standard errors
# are those at the estimate.
source("common.R")
birth <- data_set("birthwt")
birth$race <- factor(birth$race)
iris <- data_set("iris")
cars <- data_set("mtcars")
model <- function(f, d) suppressWarnings(glm(f, family = binomial, data = d, control = list(epsilon = 1e-300, maxit = 40)))

fit <- function(m) {
	s <- summary(m)$coefficients
	ci <- confint.default(m)
	list(estimate = unname(s[, 1]), std_error = unname(s[, 2]), statistic = unname(s[, 3]), p_value = unname(s[, 4]),
		conf_low = unname(ci[, 1]), conf_high = unname(ci[, 2]), nobs = nobs(m), deviance = deviance(m),
		null_deviance = m$null.deviance, log_lik = as.numeric(logLik(m)), aic = AIC(m), converged = TRUE)
}

reference("low", fit(model(low ~ age + lwt + race + smoke + ptl + ht + ui + ftv, birth)), "model")
reference("long", fit(model(Sepal.Length > 5.8 ~ Sepal.Width + Petal.Length, iris)), "model")
reference("manual", fit(model(am ~ wt + hp, cars)), "model")
write_reference()

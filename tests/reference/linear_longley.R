# The regression of Longley (1967), whose columns are nearly collinear, and correlations near 1.
source("common.R")
d <- data_set("longley")
names(d) <- tolower(gsub("[.]", "", names(d)))

fit <- summary(lm(employed ~ gnpdeflator + gnp + unemployed + armedforces + population + year, d))
reference("all", list(estimate = unname(fit$coefficients[, 1]), std_error = unname(fit$coefficients[, 2]),
	statistic = unname(fit$coefficients[, 3]), r_squared = fit$r.squared, f_statistic = unname(fit$fstatistic[1])), "model")
near <- cor.test(d$gnp, d$gnp + d$unemployed / 1000)
reference("near", list(estimate = unname(near$estimate), statistic = unname(near$statistic)))
reference("line", unname(coef(lm(I(gnp + unemployed / 1000) ~ gnp, d))), "model")
reference("line_error", unname(summary(lm(I(gnp + unemployed / 1000) ~ gnp, d))$coefficients[, 2]), "model")
write_reference()

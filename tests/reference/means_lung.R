# Tests of means: lung, with missing values and secret group sizes.
source("common.R")
lung <- data_set("lung")

two <- function(f, ...) {
	h <- t.test(f, lung, ...)
	m <- unname(h$estimate)
	c(list(estimate1 = m[1], estimate2 = m[2], std_error = h$stderr), tidy_test(h, m[1] - m[2]))
}
one <- function(h) c(list(std_error = h$stderr), tidy_test(h, unname(h$estimate)))
aov_of <- function(f) {
	a <- anova(lm(f, lung))
	list(statistic = a$F[1], df1 = a$Df[1], df2 = a$Df[2], p_value = a$P[1], ss_between = a$Sum[1], ss_within = a$Sum[2])
}

reference("age", one(t.test(lung$age)))
reference("loss99", one(t.test(lung$wt.loss, conf.level = 0.99)))
reference("karno", one(t.test(lung$ph.karno, lung$pat.karno, paired = TRUE)))
reference("student", two(time ~ sex, var.equal = TRUE))
reference("student_loss", two(wt.loss ~ sex, var.equal = TRUE))
reference("welch", two(time ~ sex))
reference("welch_meal", two(meal.cal ~ status, conf.level = 0.9))
reference("by_ecog", aov_of(time ~ factor(ph.ecog)))
reference("meal_by_sex", aov_of(meal.cal ~ sex))
write_reference()
